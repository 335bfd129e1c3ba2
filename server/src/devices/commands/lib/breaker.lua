-- The breaker of pruning: how many messages were sent to devices, and how many of their tokens would have been pruned, in the
-- last minute, over all workers. Both are counted in slots of ten seconds; `opened` and `until` are there while it is open.
local WINDOW_MS, SLOT_MS = 60000, 10000

local function count(name, now, by)
  if by == 0 then return end
  redis.call('HINCRBY', key.breaker, name .. math.floor(now / SLOT_MS), by)
  redis.call('PEXPIRE', key.breaker, 2 * WINDOW_MS)
end

-- Both sums of the last minute. Slots that are older go, and those of a clock that was set back.
local function window(now)
  local sums, oldest = { sent = 0, gone = 0 }, math.floor((now - WINDOW_MS) / SLOT_MS)
  local newest = math.floor(now / SLOT_MS)
  local fields = redis.call('HGETALL', key.breaker)
  for i = 1, #fields, 2 do
    local name, slot = string.match(fields[i], '^(%a+)(%d+)$')
    if slot and (tonumber(slot) <= oldest or tonumber(slot) > newest) then
      redis.call('HDEL', key.breaker, fields[i])
    elseif slot then
      sums[name] = sums[name] + fields[i + 1]
    end
  end
  return sums.sent, sums.gone
end

-- When it opened, in ms since the epoch, or nil while it is closed. It never opens for longer than a window ahead.
local function opened_at(now)
  local opened, until_ms = unpack(redis.call('HMGET', key.breaker, 'opened', 'until'))
  local left = opened and tonumber(until_ms) - now or 0
  return left > 0 and left <= WINDOW_MS and opened or nil
end
