-- KEYS: the session. ARGV: when it was seen last, the idle time in seconds. Ends a session that was refused because time had ended
-- it, unless it was used since, or the clock here does not say so: a node that is ahead of the others ends nothing of theirs.
local times = redis.call('GETRANGE', KEYS[1], 37, 44)
if #times == 8 and string.sub(times, 1, 4) == ARGV[1] then
  local now = tonumber(redis.call('TIME')[1])
  local seen, ends = struct.unpack('>I4I4', times)
  if ends <= now or seen + tonumber(ARGV[2]) <= now then
    redis.call('DEL', KEYS[1])
  end
end
return 1
