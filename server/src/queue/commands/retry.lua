#!lua flags=allow-oom
--! include ../../events/commands/lib/record lib/event lib/outcome
--! keys stream due processing retrying changes counters
--! each event
--! args id owner generation round received done lines attempted counted failed error delay_ms
-- There will be another attempt. `attempted` is 0 when nothing was tried in this one, because all that is left has to wait;
-- `counted` is 1 when it used up a retry, `failed` when something failed in it; `done` are the targets that are known.
-- Answers `retrying`, or `stale` when the caller does not hold the event any more.
local e = read_own('status', 'owner', 'generation', 'round', 'entry', 'received', 'attempts', 'failures', 'history')
if not held_by_caller(e) then return 'stale' end
local now = now_ms()
local due = now + arg.delay_ms
drop_entry(e.entry)
put('due', due, arg.id)
local scheduled = '["retry_scheduled",' .. now .. ',' .. due .. ']'
local lines = arg.lines == '' and scheduled or arg.lines .. '\n' .. scheduled
move(arg.id, key.event, e.status, 'retrying', e.received, now, {
  'attempts', e.attempts + arg.attempted, 'failures', e.failures + arg.counted, 'done', arg.done, 'error', arg.error,
  'history', with_lines(e.history, lines), 'entry', '', 'owner', '',
})
count('failed', arg.failed)
return 'retrying'
