-- KEYS: a subject's state. ARGV: the state, how long it is kept in ms.
put_state(KEYS[1], ARGV[1], ARGV[2])
return 1
