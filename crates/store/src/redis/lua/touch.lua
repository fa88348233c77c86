-- KEYS: the session. ARGV: when it was seen, its time to live in ms; and where its times are ahead of the node's clock, from how many
-- seconds on they are. Not backwards, in whatever order touches come, but from times that are ahead of the clock here too: those count
-- as now, by whichever of the two clocks is ahead. Only the present secret is touched: its
-- record begins with 1 or 3.
local front = redis.call('GETRANGE', KEYS[1], 0, 44)
if #front < 45 or string.byte(front) % 2 == 0 then
  return 1
end
local began, seen, ends = struct.unpack('>I4I4I4', front, 34)
local now = struct.unpack('>I4', ARGV[1])
local changed = seen < now
if changed then
  seen = now
end
if ARGV[3] then
  now = math.max(now, tonumber(redis.call('TIME')[1]))
  local latest = now + tonumber(ARGV[3])
  if began > latest then
    began, ends, changed = now, math.min(ends, now + math.max(ends - began, 0)), true
  end
  if seen > latest then
    seen, changed = now, true
  end
  if string.byte(front) == 3 and struct.unpack('>I4', redis.call('GETRANGE', KEYS[1], 53, 56)) > latest then
    redis.call('SETRANGE', KEYS[1], 53, struct.pack('>I4', now))
  end
end
if changed then
  redis.call('SETRANGE', KEYS[1], 33, struct.pack('>I4I4I4', began, seen, ends))
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
