-- KEYS: the owner. ARGV: who asks. Gives whose the keys are, which is the one who asks when nobody's yet.
local owner = redis.call('GET', KEYS[1])
if owner then
  return owner
end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
