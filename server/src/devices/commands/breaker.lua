#!lua flags=no-writes
--! include lib/breaker
--! keys breaker
-- When pruning was stopped, in ms since the epoch; empty while it goes on.
local t = redis.call('TIME')
return opened_at(t[1] * 1000 + math.floor(t[2] / 1000)) or ''
