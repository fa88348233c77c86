-- KEYS: the fence. ARGV: the fence and its epoch as they were seen, empty where there was none; the epoch that it is in from now on.
-- Gives 1, or 0 when one of them is not what was seen any more.
local epoch = string.sub(KEYS[1], 1, -2) .. 'e'
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] or (redis.call('GET', epoch) or '') ~= ARGV[2] then
  return 0
end
redis.call('SET', epoch, ARGV[3])
return 1
