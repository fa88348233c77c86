-- KEYS: the fence. A script because a replica runs none that may write: it is asked of a primary, or not at all.
return redis.call('GET', KEYS[1])
