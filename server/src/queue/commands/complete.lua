#!lua flags=allow-oom
--! include lib/event lib/settle
--! keys event stream open due queued processing retrying sent failed changes counters
--! args id owner generation round done lines
-- The event was delivered. Accepted from any worker of the same round, because it is true whoever says it.
-- Answers `sent`, or `stale` when the event is gone, was sent already or was replayed since.
local e = read(key.event, 'status', 'entry', 'round', 'received', 'attempts', 'history')
if not e.status or e.status == 'sent' or e.round ~= arg.round then return 'stale' end
drop_entry(e.entry)
redis.call('ZREM', key.due, arg.id)
redis.call('ZREM', key.open, arg.id)
move(arg.id, key.event, e.status, 'sent', e.received, now_ms(), outcome_fields(e, { 'error', '' }))
redis.call('HINCRBY', key.counters, 'sent', 1)
return 'sent'
