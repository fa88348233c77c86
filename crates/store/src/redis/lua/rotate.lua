-- KEYS: the session under its new secret and under its old one, the subject's state, its index. ARGV: the state, how long
-- it is kept in ms, the session's record, its time to live in ms, its public name, its new digest, its old one.
-- Gives 0 when it was ended or got another secret in between. A second time it gives what it gave the first time.
local digest = redis.call('HGET', KEYS[4], ARGV[5])
if digest == ARGV[6] then
  return 1
end
if digest ~= ARGV[7] then
  return 0
end
put_state(KEYS[3], ARGV[1], ARGV[2])
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
redis.call('HSET', KEYS[4], ARGV[5], ARGV[6])
redis.call('DEL', KEYS[2])
return 1
