#!lua flags=allow-oom
--! keys line
--! args code message first_probe_ms
-- Stops the line: nobody sends, but for one probe at a time. Says nothing new when it is stopped already.
-- Answers since when it is stopped, in ms of Redis' clock.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if redis.call('HSETNX', key.line, 'since', now) == 1 then
  redis.call('HSET', key.line, 'code', arg.code, 'message', arg.message, 'probes', 0,
    'probe_at', now + arg.first_probe_ms)
end
return tonumber(redis.call('HGET', key.line, 'since'))
