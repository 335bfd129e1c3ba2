--! keys hits
--! args limit window_ms nonce count
-- Counts `count` requests of one caller in a window that slides: a request is allowed while fewer than `limit` were
-- allowed in the `window_ms` before it. Refused requests are not remembered.
-- Answers {how many of them are allowed, how many were left before them, ms until the oldest remembered request leaves the
-- window}.
-- The hits stay in memory: neither the append-only file nor a replica gets them, because a webhook would wait for the disk
-- twice. After a restart or a failover of Redis a caller has a fresh window.
redis.set_repl(redis.REPL_NONE)
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local window = arg.window_ms * 1000
redis.call('ZREMRANGEBYSCORE', key.hits, '-inf', now - window)
local left = math.max(0, arg.limit - redis.call('ZCARD', key.hits))
local allowed = math.min(left, tonumber(arg.count))
if allowed > 0 then
  local hits = {}
  for i = 1, allowed do
    hits[2 * i - 1], hits[2 * i] = now, arg.nonce .. '.' .. i
  end
  redis.call('ZADD', key.hits, unpack(hits))
  redis.call('PEXPIRE', key.hits, arg.window_ms)
end
local oldest = redis.call('ZRANGE', key.hits, 0, 0, 'WITHSCORES')[2] or now
return { allowed, left, math.ceil((oldest + window - now) / 1000) }
