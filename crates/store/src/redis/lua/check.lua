-- KEYS: the session. Gives, in one string, the fence as digits; of a session that is there also a space, its front, and its
-- subject's state. A session is there when its subject's index says so too: what is lost of either ends it. One that is kept
-- under the secret that it had before is there when the index names the one that took the place; its front is 4 bytes longer.
local base = string.sub(KEYS[1], 1, -35)
local fence = redis.call('GET', base .. 'f') or '0'
local front = front_of(KEYS[1])
if #front < 53 then
  return fence
end
local subject = string.sub(front, 2, 17)
local present = redis.call('HGET', base .. 'i:' .. subject, string.sub(front, 18, 33))
if present ~= string.sub(KEYS[1], -32) then
  local rest = redis.call('GETRANGE', KEYS[1], #front, #front + 35)
  if string.byte(front) % 2 ~= 0 or present ~= string.sub(rest, 5) then
    return fence
  end
  front = front .. string.sub(rest, 1, 4)
end
return fence .. ' ' .. front .. (redis.call('GET', base .. 'u:' .. subject) or '')
