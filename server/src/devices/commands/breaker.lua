#!lua flags=no-writes
--! include lib/breaker
--! keys breaker
-- When pruning and quarantine were stopped, in ms since the epoch; each empty while it goes on.
local t = redis.call('TIME')
return stops(t[1] * 1000 + math.floor(t[2] / 1000))
