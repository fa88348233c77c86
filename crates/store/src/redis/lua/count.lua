-- Counts of attempts. The rules are those of admit-core's throttle/count.rs; their numbers come with each call. A counter is a string of
-- seven numbers, in the order of the fields there. Times are milliseconds since 1970 by the clock of the server, and 0 is never.
local SLICE = 60000
local FAILED, UNDER_WAY, BEFORE, AT, BEGUN, FAILED_AT, SEEN = 1, 2, 3, 4, 5, 6, 7

local function time(given)
  if given ~= '' then
    return tonumber(given)
  end
  local now = redis.call('TIME')
  return tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
end

-- A counter as it is now: what began in slices that are over has failed.
local function count_at(key, now)
  local slice = math.floor(now / SLICE)
  local c = {}
  for number in string.gmatch(redis.call('GET', key) or '', '%d+') do
    c[#c + 1] = tonumber(number)
  end
  if #c ~= 7 then
    return {0, 0, 0, slice, 0, 0, 0}
  end
  c[BEGUN], c[FAILED_AT], c[SEEN] = math.min(c[BEGUN], now), math.min(c[FAILED_AT], now), math.min(c[SEEN], now)
  c[AT] = math.min(c[AT], slice)
  if c[AT] < slice then
    local lost = c[BEFORE]
    if c[AT] + 1 == slice then
      c[BEFORE] = c[UNDER_WAY]
    else
      lost, c[BEFORE] = lost + c[UNDER_WAY], 0
    end
    if lost > 0 then
      c[FAILED] = c[FAILED] + lost
      c[FAILED_AT] = math.max(c[FAILED_AT], c[BEGUN])
      c[SEEN] = math.max(c[SEEN], (c[AT] + 1) * SLICE - 1)
    end
    c[UNDER_WAY], c[AT] = 0, slice
  end
  return c
end

-- Writes it, and puts it last in the list of those that were used.
local function keep_count(list, key, c, now, keep)
  redis.call('SET', key, string.format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f', unpack(c)), 'PX', keep)
  redis.call('ZADD', list, now, string.sub(key, #list + 2))
end
