#!lua flags=allow-oom
--! keys line
--! args since
-- Ends the stop that began at `since`; one that began later goes on.
if redis.call('HGET', key.line, 'since') == arg.since then redis.call('DEL', key.line) end
