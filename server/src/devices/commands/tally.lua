#!lua flags=allow-oom
--! include lib/breaker
--! keys breaker
--! args sent
-- Counts messages that were sent to devices. Answers when pruning and quarantine were stopped, in ms since the epoch; each empty
-- while it goes on.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
count('sent', now, tonumber(arg.sent))
window(now)
for what, name in pairs(OF) do
  if not opened_at(what, now) then redis.call('HDEL', key.breaker, name .. 'opened', name .. 'until') end
end
return stops(now)
