#!lua flags=allow-oom
--! include ../../events/commands/lib/record lib/event
--! keys stream queued processing changes
--! args event_prefix owner begun after limit
-- A worker that stops gives back what it was given: what it has not begun and, when `begun` is 1, also what it has. That
-- attempt is recorded as one of unknown outcome, but nobody died of it. Each event goes back into the queue under a new
-- entry, so that any worker gets it at once. Looks at `limit` entries from the id `after` on ('-': from the first).
-- Answers {how many were looked at, the id of the last of them, how many events were handed back}.
local now = now_ms()
local pending = redis.call('XPENDING', key.stream, GROUP, arg.after, '+', arg.limit, arg.owner)
local last, handed = '', 0
local LEFT = '"u","worker_stopped","The worker was stopped during this attempt.","",0]'
for _, info in ipairs(pending) do
  local entry = info[1]
  last = entry
  local found = redis.call('XRANGE', key.stream, entry, entry)[1]
  local id = found and found[2][2]
  local event = id and arg.event_prefix .. id
  local e = event and read(event, 'status', 'entry', 'owner', 'received', 'updated', 'attempts', 'history') or {}
  if e.entry ~= entry then
    -- The event has moved on without this entry.
    drop_entry(entry)
  elseif e.status == 'queued' then
    drop_entry(entry)
    redis.call('HSET', event, 'entry', add_entry_again(id, event))
    handed = handed + 1
  elseif e.status == 'processing' and e.owner == arg.owner and arg.begun == '1' then
    drop_entry(entry)
    local line = '["a",' .. e.updated .. ',' .. math.max(0, now - e.updated) .. ',' .. LEFT
    move(id, event, 'processing', 'queued', e.received, now, {
      'owner', '', 'attempts', e.attempts + 1, 'entry', add_entry_again(id, event), 'history', with_lines(e.history, line),
    })
    handed = handed + 1
  end
end
return { #pending, last, handed }
