#!lua flags=allow-oom
--! include lib/breaker
--! keys breaker
--! args sent
-- Counts messages that were sent to devices. Answers when pruning was stopped, in ms since the epoch; empty while it goes on.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
count('sent', now, tonumber(arg.sent))
window(now)
local opened = opened_at(now)
if not opened then redis.call('HDEL', key.breaker, 'opened', 'until') end
return opened or ''
