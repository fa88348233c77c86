-- KEYS: a subject's state, the fence. ARGV: the state, how long it is kept in ms.
put_state(KEYS[1], ARGV[1], ARGV[2], tonumber(redis.call('GET', KEYS[2]) or '0'))
return 1
