-- KEYS: the session. ARGV: when it was seen, its time to live in ms; and where a wrong clock wrote its times: when it began, was seen
-- and ends, in their place. Not backwards otherwise, in whatever order touches come. Only the present secret is touched: its record
-- begins with 1.
local front = redis.call('GETRANGE', KEYS[1], 0, 40)
if #front < 41 or string.byte(front) ~= 1 then
  return 1
end
local seen = string.sub(front, 38)
if ARGV[3] then
  redis.call('SETRANGE', KEYS[1], 33, ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
elseif struct.unpack('>I4', seen) < struct.unpack('>I4', ARGV[1]) then
  redis.call('SETRANGE', KEYS[1], 37, ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
