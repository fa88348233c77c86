-- The number of the log that a subject's state was read at: bytes 2 to 9 of its record.
local function version(state)
  return struct.unpack('>I8', state, 2)
end

-- Keeps a subject's state unless a newer one is there. Gives the newer one, if so. Where there is none, one may have been
-- there and been evicted: a state is newer than that when it was read at the fence or later.
local function put_state(key, state, ttl, fence)
  local there = redis.call('GET', key)
  if there and version(there) > version(state) then
    redis.call('PEXPIRE', key, ttl)
    return there
  end
  if not there and version(state) < fence then
    return nil
  end
  redis.call('SET', key, state, 'PX', ttl)
  return nil
end
