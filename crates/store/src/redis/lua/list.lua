-- KEYS: the fence, a subject's state, its index. ARGV: the public name of a session, or nothing for all of them.
-- Gives the fence and the state; then of each session that the index names its public name and its record, which is
-- empty when that is gone.
local base = string.sub(KEYS[1], 1, -2)
local answer = {redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])}
local all
if ARGV[1] then
  local digest = redis.call('HGET', KEYS[3], ARGV[1])
  all = digest and {ARGV[1], digest} or {}
else
  all = redis.call('HGETALL', KEYS[3])
end
for at = 1, #all, 2 do
  answer[#answer + 1] = all[at]
  answer[#answer + 1] = redis.call('GET', base .. 's:' .. all[at + 1]) or ''
end
return answer
