-- The breakers of pruning and of quarantine: how many messages were sent to devices, and of how many the device would have been
-- set aside so, in the last minute, over all workers. All is counted in slots of ten seconds; `opened` and `until` are there
-- while a breaker is open. The fields of each begin with a name of its own; those of pruning, which was there first, do not.
local WINDOW_MS, SLOT_MS = 60000, 10000
local OF = { pruned = '', quarantined = 'quarantine_' }

local function count(name, now, by)
  if by == 0 then return end
  redis.call('HINCRBY', key.breaker, name .. math.floor(now / SLOT_MS), by)
  redis.call('PEXPIRE', key.breaker, 2 * WINDOW_MS)
end

-- The sums of the last minute by name. Slots that are older go, and those of a clock that was set back.
local function window(now)
  local sums, oldest = { sent = 0 }, math.floor((now - WINDOW_MS) / SLOT_MS)
  local newest = math.floor(now / SLOT_MS)
  local fields = redis.call('HGETALL', key.breaker)
  for i = 1, #fields, 2 do
    local name, slot = string.match(fields[i], '^([%a_]+)(%d+)$')
    if slot and (tonumber(slot) <= oldest or tonumber(slot) > newest) then
      redis.call('HDEL', key.breaker, fields[i])
    elseif slot then
      sums[name] = (sums[name] or 0) + fields[i + 1]
    end
  end
  return sums
end

-- When that breaker opened, in ms since the epoch, or nil while it is closed. It never opens for longer than a window ahead.
local function opened_at(what, now)
  local opened, until_ms = unpack(redis.call('HMGET', key.breaker, OF[what] .. 'opened', OF[what] .. 'until'))
  local left = opened and tonumber(until_ms) - now or 0
  return left > 0 and left <= WINDOW_MS and opened or nil
end

-- Counts one more that would be set aside. Answers whether the breaker is open, which this one may have opened.
local function breaks(what, now, share, free)
  count(OF[what] .. 'gone', now, 1)
  local sums = window(now)
  local gone, opened = sums[OF[what] .. 'gone'], opened_at(what, now)
  if gone > tonumber(free) and gone > tonumber(share) * sums.sent then
    redis.call('HSET', key.breaker, OF[what] .. 'opened', opened or now, OF[what] .. 'until', now + WINDOW_MS)
    return true
  end
  return opened ~= nil
end

-- When pruning and quarantine were stopped, in ms since the epoch; each empty while it goes on.
local function stops(now)
  return { opened_at('pruned', now) or '', opened_at('quarantined', now) or '' }
end
