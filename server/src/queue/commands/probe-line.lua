#!lua flags=allow-oom
--! keys line
--! args first_probe_ms longest_probe_ms
-- Gives the probe that is due to whoever asks first; each comes twice as long after the one before it.
-- Answers 1, or 0 when none is due or the line is not stopped.
local line = redis.call('HMGET', key.line, 'probe_at', 'probes')
if not line[1] then return 0 end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if now < tonumber(line[1]) then return 0 end
local probes = tonumber(line[2]) + 1
local wait = math.min(arg.first_probe_ms * 2 ^ probes, tonumber(arg.longest_probe_ms))
redis.call('HSET', key.line, 'probes', probes, 'probe_at', now + wait)
return 1
