#!lua flags=allow-oom
--! include ../../events/commands/lib/record lib/event
--! keys stream queued processing changes
--! each event
--! args id entry owner
-- Hands an event to the worker that read its entry. Safe to repeat: the same owner gets the same claim again.
-- Answers {'claimed', now, generation, round, failures, fresh, received, type, user, order, payload, headers, known targets}
-- or {'stale'} when the entry is not what the event waits for; such an entry is dropped.
local e = read_own('status', 'entry', 'owner', 'generation', 'round', 'failures', 'fresh', 'received',
  'type', 'user', 'order', 'payload', 'headers', 'done')
local waiting = e.status == 'queued' or e.status == 'processing'
if not waiting or e.entry ~= arg.entry then
  drop_entry(arg.entry)
  return { 'stale' }
end
local now = now_ms()
if e.status == 'queued' or e.owner ~= arg.owner then
  e.generation = text_of(e.generation + 1)
  move(arg.id, key.event, e.status, 'processing', e.received, text_of(now), { 'owner', arg.owner, 'generation', e.generation })
end
return { 'claimed', now, tonumber(e.generation), tonumber(e.round), tonumber(e.failures), tonumber(e.fresh or e.received),
  tonumber(e.received), e.type, e.user, e.order, e.payload, e.headers, e.done or '' }
