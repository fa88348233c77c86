-- KEYS: the session. ARGV: when it was seen last. Ends a session that was refused because time had ended it, unless it was used since.
if redis.call('GETRANGE', KEYS[1], 37, 40) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 1
