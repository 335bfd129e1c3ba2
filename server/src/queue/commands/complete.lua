#!lua flags=allow-oom
--! include ../../events/commands/lib/record lib/event
--! keys stream due queued processing retrying sent failed changes counters
--! each event
--! args id round received lines sum content
-- The event was delivered. Accepted from any worker of the same round, because it is true whoever says it. `content` is
-- its payload and headers as they are kept from now on.
-- Answers `sent`, or `stale` when the event is gone, was sent already, was replayed since, or is
-- another one that was taken in under the same id after the first was forgotten.
local e = read_own('entry', unpack(SETTLE_FIELDS))
if not e.status or e.status == 'sent' then return 'stale' end
if e.round ~= arg.round or e.received ~= arg.received then return 'stale' end
drop_entry(e.entry)
-- A worker that was given up as lost tells it late.
if e.status == 'retrying' then take('due', arg.id) end
settle(arg.id, key.event, e, 'sent', now_ms(), {
  attempts = e.attempts + 1, history = with_lines(e.history, arg.lines),
  error = '', sum = arg.sum, content = arg.content, payload = '', headers = '',
})
count('sent', 1)
return 'sent'
