-- A token bucket that all workers share, brought up to Redis' time. Its hash, times in ms, rates in tokens a second:
-- `tokens` there now · `at` when it was looked at last · `rate` at which it fills · `speed` at which it was used lately ·
-- `ceiling` the rate may not pass after FCM said 429 · `paused` until when nobody sends · `slow_at`, `slow_since` when a worker
-- last, and first, was given less than it wanted · `minute`, `used`, `before` messages sent in this minute and the one before.
local SPEED_MS = 2000
-- Of the full rate: what is let through when cold, and what at least after any number of 429s.
local COLD, LEAST = 0.1, 0.01
-- How long it takes from nothing to the full rate after a 429.
local RECOVERY_MS = 300000
-- Throttled are those who were given too little this lately.
local SLOW_MS = 5000

local FIELDS = { 'tokens', 'at', 'rate', 'speed', 'ceiling', 'paused', 'slow_at', 'slow_since', 'minute', 'used', 'before' }

local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- Lua has no rollback: a key of a foreign type must be found before the first write.
for _, text in pairs(key) do
  local kind = redis.call('TYPE', text).ok
  if kind ~= 'none' and kind ~= 'hash' then
    return redis.error_reply('WRONGTYPE ' .. text .. ' is a ' .. kind .. '; nothing was changed')
  end
end

local function read_bucket(now)
  local b = {}
  for i, value in ipairs(redis.call('HMGET', key.bucket, unpack(FIELDS))) do b[FIELDS[i]] = tonumber(value) end
  local minute = math.floor(now / 60000)
  if b.minute ~= minute then
    b.before = b.minute == minute - 1 and b.used or 0
    b.minute, b.used = minute, 0
  end
  b.paused = b.paused or 0
  return b
end

-- The share of the quota used in the last minute, taking the minute before as even.
local function use_of(b, now, per_minute)
  return (b.before * (1 - now % 60000 / 60000) + b.used) / per_minute
end

local function is_slow(b, now)
  return (b.slow_at or -SLOW_MS) > now - SLOW_MS
end

-- Lets tokens flow in. The rate follows what is used, up to twice of that, and changes by the ramp's slope at most: whoever
-- rests for as long as the ramp takes is cold again.
local function fill(b, now)
  local full, ramp = tonumber(arg.per_s), tonumber(arg.ramp_ms)
  local passed = math.max(0, now - (b.at or now))
  local step = full * (ramp > 0 and passed / ramp or 1)
  b.speed = (b.speed or 0) * math.exp(-passed / SPEED_MS)
  b.ceiling = math.min(full, (b.ceiling or full) + full * passed / RECOVERY_MS)
  local cold = ramp > 0 and full * COLD or full
  local wanted = math.min(full, math.max(cold, 2 * b.speed))
  local rate = math.min(full, b.rate or cold)
  rate = rate < wanted and math.min(wanted, rate + step) or math.max(wanted, rate - step)
  b.rate = math.min(rate, b.ceiling)
  local holds = math.max(tonumber(arg.burst), math.min(tonumber(arg.holds), b.rate / 2))
  -- Nothing flows in while it is paused.
  local filling = math.max(0, now - math.max(b.at or now, b.paused))
  b.tokens = math.min(holds, (b.tokens or tonumber(arg.burst)) + b.rate * filling / 1000)
  b.at = now
end

local function write_bucket(b)
  local changed = {}
  for _, name in ipairs(FIELDS) do
    if b[name] then
      changed[#changed + 1] = name
      changed[#changed + 1] = string.format('%.17g', b[name])
    end
  end
  redis.call('HSET', key.bucket, unpack(changed))
end
