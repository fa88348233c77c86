-- The front of a session: 53 bytes, or 58 in formats 3 and 4. Shorter when there is no session.
local function front_of(key)
  local front = redis.call('GETRANGE', key, 0, 57)
  if (string.byte(front) or 0) < 3 then
    return string.sub(front, 1, 53)
  end
  return front
end

