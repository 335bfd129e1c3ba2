#!lua flags=allow-oom
--! include ../../events/commands/lib/record lib/event lib/outcome
--! keys stream processing failed changes counters
--! each event
--! args id owner generation round received lines attempted error code sum content
-- Dead-letters the event. `attempted` is 0 when it was given up without another try (expired, could not be composed).
-- `content` is its payload and headers as they are kept from now on.
-- Answers `failed`, or `stale` when the caller does not hold the event any more.
local e = read_own('owner', 'generation', 'entry', unpack(SETTLE_FIELDS))
if not held_by_caller(e) then return 'stale' end
local now = now_ms()
drop_entry(e.entry)
local ended = '["dead_lettered",' .. now .. ',' .. arg.code .. ']'
local lines = arg.lines == '' and ended or arg.lines .. '\n' .. ended
settle(arg.id, key.event, e, 'failed', now, {
  attempts = e.attempts + arg.attempted, history = with_lines(e.history, lines),
  error = arg.error, sum = arg.sum, content = arg.content,
})
count('failed', arg.attempted)
return 'failed'
