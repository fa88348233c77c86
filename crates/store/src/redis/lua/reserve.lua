-- KEYS: the list of counters by use, the counters of an attempt. ARGV: the time or nothing, how many counters there is room for, the
-- longest that one is kept in ms; of each counter its free failures, its longest wait, after how long it forgets, for how long it remembers,
-- how long it is kept, all in ms, and what it stops. Counts the attempt in all of them, or in none.
-- Gives 1, the time, whether it is a first try, whether it is the last; or 2, the counter that makes it wait, how long; or 3: used up.
local list, now = KEYS[1], time(ARGV[1])
local counters, fresh, first = {}, false, false
for i = 1, #KEYS - 1 do
  local at = 3 + (i - 1) * 6
  local c = count_at(KEYS[i + 1], now)
  if now - c[SEEN] >= tonumber(ARGV[at + 3]) then
    c[FAILED] = 0
  end
  local unsettled = c[UNDER_WAY] + c[BEFORE]
  local counter = {
    c = c, over = c[FAILED] + unsettled - tonumber(ARGV[at + 1]), unsettled = unsettled,
    most = tonumber(ARGV[at + 2]), keep = ARGV[at + 5], stops = ARGV[at + 6]
  }
  if i == 1 then
    fresh = unsettled == 0 and (c[SEEN] == 0 or now - c[SEEN] >= tonumber(ARGV[at + 4]))
  end
  if counter.stops == 'used-up' and counter.over >= 0 then
    return {3}
  end
  first = first or (fresh and counter.stops == 'unless-first' and counter.over >= 0)
  counters[i] = counter
end
local which, longest = 0, 0
for i, counter in ipairs(counters) do
  if counter.over >= 0 and (counter.stops == 'waits' or (counter.stops == 'unless-first' and not first)) then
    local c = counter.c
    local from = c[FAILED_AT]
    if counter.unsettled > 0 then
      from = math.max(from, c[BEGUN])
    end
    local wait = math.min(1000 * 2 ^ math.min(counter.over, 32), counter.most) - (now - from)
    if wait > longest then
      which, longest = i - 1, wait
    end
  end
end
if longest > 0 then
  return {2, which, longest}
end
local last = 0
for i, counter in ipairs(counters) do
  local c = counter.c
  c[UNDER_WAY] = c[UNDER_WAY] + 1
  if not (first and counter.stops == 'unless-first') then
    c[BEGUN] = now
  end
  keep_count(list, KEYS[i + 1], c, now, counter.keep)
  if counter.stops == 'used-up' and counter.over + 1 >= 0 then
    last = 1
  end
end
redis.call('PEXPIRE', list, ARGV[3])
redis.call('ZREMRANGEBYSCORE', list, '-inf', now - tonumber(ARGV[3]))
local surplus = redis.call('ZCARD', list) - tonumber(ARGV[2])
if surplus > 0 then
  local oldest = redis.call('ZPOPMIN', list, math.min(surplus, 16))
  for at = 1, #oldest, 2 do
    redis.call('DEL', list .. ':' .. oldest[at])
  end
end
return {1, now, first and 1 or 0, last}
