#!lua
--! include ../../events/commands/lib/record lib/event
--! keys stream queued sent failed changes
--! each event
--! args id nonce sum payload headers
-- Queues a settled event again: its history stays, its retries and its age start afresh, and its round goes up, so that
-- an outcome of an earlier round cannot settle this one. The same `nonce` replays once, however often and late it comes.
-- `payload` and `headers` are the event's own, as `content` of its record unpacks; `sum` says which body they belong to.
-- Answers `replayed`, `missing`, `not_replayable` (it is still under way), or `changed` when this is another body.
local e = read_own('status', 'received', 'history')
if not e.status then return 'missing' end
if string.find(e.history or '', '["replayed","' .. arg.nonce .. '",', 1, true) then return 'replayed' end
if e.status ~= 'sent' and e.status ~= 'failed' then return 'not_replayable' end
if e.sum ~= arg.sum then return 'changed' end
local now = now_ms()
-- Not before it was received, whatever became of the clock meanwhile: who looks for the oldest relies on that.
local fresh = math.max(now, e.received)
redis.call('DEL', key.event)
move(arg.id, key.event, e.status, 'queued', e.received, now, {
  'type', e.type, 'user', e.user, 'order', e.order, 'payload', arg.payload, 'headers', arg.headers,
  'received', e.received, 'fresh', text_of(fresh), 'entry', add_entry(arg.id, #arg.payload),
  'attempts', e.attempts, 'round', e.round + 1, 'error', '',
  'history', with_lines(e.history, '["replayed","' .. arg.nonce .. '",' .. now .. ']'),
})
return 'replayed'
