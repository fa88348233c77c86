-- KEYS: the fence. ARGV: the epoch in which the log was read, the number that the entries were asked after, the last number that they cover, how long a
-- subject's state is kept in ms; then of each entry its number, its kind, and two strings. Gives the fence.
-- The entries are all that is kept of the log between the two numbers, so they say nothing to a shard that is not as far
-- as the first of them, and nothing new to one that is past the last.
-- A log of another epoch than the fence's may have entries that are lost: it is compared to Redis first.
local base = string.sub(KEYS[1], 1, -2)
if redis.call('GET', base .. 'e') ~= ARGV[1] then
  return redis.error_reply('EPOCH the log is of another epoch of the accounts')
end
local fence = tonumber(redis.call('GET', KEYS[1]) or '0')
local last = tonumber(ARGV[3])
if fence < tonumber(ARGV[2]) or fence >= last then
  return fence
end
for at = 5, #ARGV, 4 do
  if tonumber(ARGV[at]) > fence then
    local kind, one, two = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
    if kind == 'subject' then
      put_state(base .. 'u:' .. one, two, ARGV[4], fence)
    elseif kind == 'deleted' then
      put_state(base .. 'u:' .. one, two, ARGV[4], fence)
      local index = base .. 'i:' .. one
      for _, digest in ipairs(redis.call('HVALS', index)) do
        redis.call('DEL', base .. 's:' .. digest)
      end
      redis.call('DEL', index)
    elseif kind == 'session' then
      local index = base .. 'i:' .. one
      local digest = redis.call('HGET', index, two)
      if digest then
        redis.call('DEL', base .. 's:' .. digest)
        redis.call('HDEL', index, two)
      end
    elseif kind == 'secret' then
      supersede(base, one, two)
    else
      return redis.error_reply('ERR unknown kind of entry ' .. kind)
    end
  end
end
redis.call('SET', KEYS[1], ARGV[3])
return last
