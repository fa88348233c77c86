-- Gives a session another secret. `said` is the old digest; then the new one, from when on the old one is good beside it, in
-- seconds, the subject's roles version by then, and for how long the old one is kept in ms, but no longer than the session is. An entry of an earlier release says the old one alone, which
-- is dead then. What is kept under the old secret leads to the new one, so that whatever ends the session ends both.
local function supersede(base, subject, said)
  local old, new = string.sub(said, 1, 32), string.sub(said, 33, 64)
  local key = base .. 's:' .. old
  if new == '' then
    redis.call('DEL', key)
    return
  end
  local record = redis.call('GET', key)
  local format = record and string.byte(record)
  if format ~= 1 and format ~= 3 then
    return
  end
  local index, id = base .. 'i:' .. subject, string.sub(record, 18, 33)
  if redis.call('HGET', index, id) ~= old then
    redis.call('DEL', key)
    return
  end
  local left = math.max(redis.call('PTTL', key), 1)
  -- Bytes 50 to 53 are the roles version.
  local present = string.sub(record, 1, 49) .. string.sub(said, 69, 72) .. string.sub(record, 54)
  redis.call('SET', base .. 's:' .. new, present, 'PX', left)
  redis.call('HSET', index, id, new)
  local front = string.char(format + 1) .. string.sub(record, 2, format == 3 and 58 or 53)
  redis.call('SET', key, front .. string.sub(said, 65, 68) .. new, 'PX',
    math.min(tonumber(string.sub(said, 73)), left))
end

