#!lua flags=allow-oom
--! include lib/event lib/settle
--! keys event stream due processing retrying changes counters
--! args id owner generation done lines counted error delay_ms
-- The attempt failed and there will be another one. `counted` is 1 when it used up a retry, else 0.
-- Answers `retrying`, or `stale` when the caller does not hold the event any more.
local e = read(key.event, 'status', 'owner', 'generation', 'entry', 'received', 'attempts', 'failures', 'history')
if not held_by_caller(e) then return 'stale' end
local now = now_ms()
local due = now + arg.delay_ms
drop_entry(e.entry)
redis.call('ZADD', key.due, due, arg.id)
arg.lines = arg.lines .. '\n["retry_scheduled",' .. now .. ',' .. due .. ']'
move(arg.id, key.event, e.status, 'retrying', e.received, now,
  outcome_fields(e, { 'error', arg.error, 'failures', e.failures + arg.counted }))
redis.call('HINCRBY', key.counters, 'failed', 1)
return 'retrying'
