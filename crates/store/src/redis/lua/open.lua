-- KEYS: the session, the fence, the subject's state, its index. ARGV: the state, how long it is kept in ms, the session's
-- record, its time to live in ms, its public name, its digest, how many sessions a subject may have.
-- Gives 0 when the subject has changed in between. Otherwise 1, and when there are more sessions than that, of each its
-- public name and its front.
local newer = put_state(KEYS[3], ARGV[1], ARGV[2], tonumber(redis.call('GET', KEYS[2]) or '0'))
-- Bytes 10 to 13 are the generation, byte 18 is 0 for a subject that is active.
if newer and (string.sub(newer, 10, 13) ~= string.sub(ARGV[1], 10, 13) or string.byte(newer, 18) ~= 0) then
  return {0}
end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
redis.call('HSET', KEYS[4], ARGV[5], ARGV[6])
if redis.call('PTTL', KEYS[4]) < tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[4], ARGV[2])
end
local answer = {1}
if redis.call('HLEN', KEYS[4]) > tonumber(ARGV[7]) then
  local base = string.sub(KEYS[2], 1, -2)
  local all = redis.call('HGETALL', KEYS[4])
  for at = 1, #all, 2 do
    answer[#answer + 1] = all[at]
    answer[#answer + 1] = front_of(base .. 's:' .. all[at + 1])
  end
end
return answer
