#!lua flags=allow-oom
--! include lib/bucket
--! keys bucket
--! args pause_ms per_s burst holds ramp_ms
-- FCM said 429: nobody sends for so long, and then at half the rate, which recovers. What FCM says of messages that were on
-- their way meanwhile may make the pause longer, but not the rate lower.
local now = now_ms()
local b = read_bucket(now)
fill(b, now)
if now >= b.paused then
  b.ceiling = math.max(arg.per_s * LEAST, b.rate / 2)
  b.rate = b.ceiling
  b.slow_since = now
end
b.paused = math.max(b.paused, now + arg.pause_ms)
b.slow_at = now
b.tokens = math.min(b.tokens, 0)
write_bucket(b)
