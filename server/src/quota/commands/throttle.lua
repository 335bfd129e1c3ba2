#!lua flags=allow-oom
--! include lib/bucket
--! keys bucket
-- How throttled the bucket is; changes nothing. Answers since when (ms since the epoch, 0: it is not), until when it is paused
-- (0: it is not) and at how many tokens a second it fills, as text.
local now = now_ms()
local b = read_bucket(now)
local paused = b.paused > now and b.paused or 0
local since = (paused > 0 or is_slow(b, now)) and b.slow_since or 0
return { since, paused, tostring(b.rate or 0) }
