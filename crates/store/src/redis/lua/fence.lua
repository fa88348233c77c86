-- KEYS: the fence. Gives it and its epoch. A script because a replica runs none that may write: it is asked of a primary, or
-- not at all.
return {redis.call('GET', KEYS[1]), redis.call('GET', string.sub(KEYS[1], 1, -2) .. 'e')}
