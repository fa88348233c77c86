-- KEYS: the fence, a subject's index. ARGV: public names of sessions, which are dropped.
local base = string.sub(KEYS[1], 1, -2)
for at = 1, #ARGV do
  local digest = redis.call('HGET', KEYS[2], ARGV[at])
  if digest then
    redis.call('DEL', base .. 's:' .. digest)
    redis.call('HDEL', KEYS[2], ARGV[at])
  end
end
return 1
