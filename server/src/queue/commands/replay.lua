#!lua
--! include lib/event
--! keys event stream open queued sent failed changes
--! args id
-- Queues a settled event again: its history stays, its retries and its age start afresh, and its round goes up, so that
-- an outcome of an earlier round cannot settle this one.
-- Answers `replayed`, `missing` or `not_replayable` (it is still under way).
local e = read(key.event, 'status', 'received', 'round', 'history')
if not e.status then return 'missing' end
if e.status ~= 'sent' and e.status ~= 'failed' then return 'not_replayable' end
local now = now_ms()
redis.call('ZADD', key.open, now, arg.id)
move(arg.id, key.event, e.status, 'queued', e.received, now, {
  'round', e.round + 1, 'fresh', now, 'failures', 0, 'deaths', 0, 'done', '', 'error', '',
  'entry', add_entry(arg.id),
  'history', with_lines(e.history, '["replayed",' .. now .. ']'),
})
return 'replayed'
