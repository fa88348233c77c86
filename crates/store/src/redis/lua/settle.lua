-- KEYS: the list of counters by use, a counter for each end. ARGV: the time or nothing; of each end how long its counter is kept in ms, when
-- the attempt began, whether others wait for it, and 'failed', 'taken-back' or 'cleared'.
local list, now = KEYS[1], time(ARGV[1])
for i = 1, #KEYS - 1 do
  local at, key = 1 + (i - 1) * 4, KEYS[i + 1]
  local c = count_at(key, now)
  local began, ending = math.min(tonumber(ARGV[at + 2]), now), ARGV[at + 4]
  local slice = math.floor(began / SLICE)
  local in_time = slice + 1 >= c[AT]
  if slice == c[AT] then
    c[UNDER_WAY] = math.max(c[UNDER_WAY] - 1, 0)
  elseif in_time then
    c[BEFORE] = math.max(c[BEFORE] - 1, 0)
  end
  if ending == 'failed' and in_time then
    c[FAILED] = c[FAILED] + 1
    c[SEEN] = now
    if ARGV[at + 3] == '1' then
      c[FAILED_AT] = math.max(c[FAILED_AT], began)
    end
  elseif ending == 'cleared' and c[SEEN] <= began then
    c[FAILED], c[SEEN] = 0, 0
  end
  if c[UNDER_WAY] + c[BEFORE] == 0 and c[SEEN] == 0 then
    redis.call('DEL', key)
    redis.call('ZREM', list, string.sub(key, #list + 2))
  else
    keep_count(list, key, c, now, ARGV[at + 1])
  end
end
return 1
