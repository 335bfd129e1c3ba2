#!lua flags=allow-oom
--! include lib/event lib/settle
--! keys event stream open processing failed changes counters
--! args id owner generation done lines attempted error code
-- Dead-letters the event. `attempted` is 0 when it was given up without another try (expired, could not be composed).
-- Answers `failed`, or `stale` when the caller does not hold the event any more.
local e = read(key.event, 'status', 'owner', 'generation', 'entry', 'received', 'attempts', 'history')
if not held_by_caller(e) then return 'stale' end
local now = now_ms()
drop_entry(e.entry)
redis.call('ZREM', key.open, arg.id)
local ended = '["dead_lettered",' .. now .. ',' .. arg.code .. ']'
arg.lines = arg.lines == '' and ended or arg.lines .. '\n' .. ended
e.attempts = e.attempts - 1 + arg.attempted
move(arg.id, key.event, e.status, 'failed', e.received, now, outcome_fields(e, { 'error', arg.error }))
redis.call('HINCRBY', key.counters, 'failed', arg.attempted)
return 'failed'
