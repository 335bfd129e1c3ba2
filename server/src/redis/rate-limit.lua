--! keys hits
--! args limit window_ms count
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
-- A member is how many were allowed up to and with its burst, and how many in it; the first and the last tell how many in all.
local function numbers(member)
  local all, own = string.match(member or '', '^(%d+):(%d+)$')
  return tonumber(all or 0), tonumber(own or 0)
end
local last = redis.call('ZRANGE', key.hits, -1, -1, 'WITHSCORES')
-- A clock that was set back: what is still to come would keep its caller out, or let it in, for as long.
if last[2] and tonumber(last[2]) > now then
  redis.call('ZREMRANGEBYSCORE', key.hits, string.format('(%.0f', now), '+inf')
  last = redis.call('ZRANGE', key.hits, -1, -1)
end
local first = redis.call('ZRANGE', key.hits, 0, 0, 'WITHSCORES')
local before_first, in_first = numbers(first[1])
local up_to_last = numbers(last[1])
local left = math.max(0, arg.limit - (up_to_last - before_first + in_first))
local allowed = math.min(left, tonumber(arg.count))
if allowed > 0 then
  redis.call('ZADD', key.hits, string.format('%.0f', now), string.format('%015.0f:%d', up_to_last + allowed, allowed))
  redis.call('PEXPIRE', key.hits, arg.window_ms)
end
return { allowed, left, math.ceil(((first[2] or now) + window - now) / 1000) }
