--! keys hits
--! args limit window_ms nonce
-- Counts the requests of one caller in a window that slides: a request is allowed while fewer than `limit` were
-- allowed in the `window_ms` before it. Refused requests are not remembered.
-- Answers {allowed 1|0, left, ms until the oldest remembered request leaves the window}.
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local window = arg.window_ms * 1000
redis.call('ZREMRANGEBYSCORE', key.hits, '-inf', now - window)
local used = redis.call('ZCARD', key.hits)
local allowed = 0
if used < tonumber(arg.limit) then
  allowed = 1
  used = used + 1
  redis.call('ZADD', key.hits, now, arg.nonce)
  redis.call('PEXPIRE', key.hits, arg.window_ms)
end
local oldest = redis.call('ZRANGE', key.hits, 0, 0, 'WITHSCORES')[2] or now
return { allowed, arg.limit - used, math.ceil((oldest + window - now) / 1000) }
