#!lua flags=allow-oom
--! include lib/bucket
--! keys bucket demands
--! args worker spent used want per_minute per_s burst holds ramp_ms
-- Grants a worker tokens ahead of its need. `spent` it has taken on credit, `used` are all messages it has sent since it asked
-- last, `want` what it needs next. When there are too few for all, each gets its share by what it wants.
-- Answers how many, how soon to ask again and for how long all are paused in ms, this worker's tokens a second, and what share
-- of the quota the last minute used; the last two as text.
local now = now_ms()
local b = read_bucket(now)
fill(b, now)
b.used = b.used + arg.used
b.speed = b.speed + arg.used * 1000 / SPEED_MS
-- Nobody owes more than a second.
b.tokens = math.max(b.tokens - arg.spent, -b.rate)

local want = tonumber(arg.want)
local all = want
local demands = redis.call('HGETALL', key.demands)
for i = 1, #demands, 2 do
  local name, wants, at = demands[i], string.match(demands[i + 1], '^(%S+) (%S+)$')
  if now - tonumber(at) > 1000 then redis.call('HDEL', key.demands, name)
  elseif name ~= arg.worker then all = all + tonumber(wants) end
end
if want > 0 then redis.call('HSET', key.demands, arg.worker, want .. ' ' .. string.format('%d', now))
else redis.call('HDEL', key.demands, arg.worker) end

local share = all > 0 and want / all or 1
local granted = 0
if now >= b.paused and want > 0 and b.tokens >= 1 then
  granted = b.tokens >= all and want or math.max(1, math.min(want, math.floor(b.tokens * share)))
  b.tokens = b.tokens - granted
end
local wait = 0
if granted < want then
  if not is_slow(b, now) then b.slow_since = now end
  b.slow_at = now
  wait = math.max(20, math.min(100, (want - granted) * 1000 / math.max(b.rate * share, 0.001)))
end
write_bucket(b)
local rate = string.format('%.17g', b.rate * (want > 0 and share or 1))
return { granted, math.ceil(wait), math.max(0, b.paused - now), rate, tostring(use_of(b, now, arg.per_minute)) }
