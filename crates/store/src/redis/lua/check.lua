-- KEYS: the session. Gives, in one string, the fence as digits; of a session that is there also a space, its front, and its
-- subject's state. A session is there when its subject's index says so too: what is lost of either ends it.
local base = string.sub(KEYS[1], 1, -35)
local fence = redis.call('GET', base .. 'f') or '0'
local front = redis.call('GETRANGE', KEYS[1], 0, 52)
if #front < 53 then
  return fence
end
local subject = string.sub(front, 2, 17)
if redis.call('HGET', base .. 'i:' .. subject, string.sub(front, 18, 33)) ~= string.sub(KEYS[1], -32) then
  return fence
end
return fence .. ' ' .. front .. (redis.call('GET', base .. 'u:' .. subject) or '')
