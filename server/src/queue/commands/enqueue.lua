#!lua
--! include ../../events/commands/lib/record lib/event
--! keys stream queued changes counters
--! each event seen
--! args id type user order payload headers
-- Takes in a new event, or recognises one that was seen before. All or nothing.
-- Answers `accepted`, `duplicate` (same body as the first) or `conflict` (another body).
local kept = read_own('status', 'payload')
local seen = not kept.status and redis.call('GET', key.seen)
if kept.status or seen then
  count('received', 1)
  count('deduped', 1)
  local sum = seen or kept.sum
  local same
  if sum then same = sum == sum_of(arg.payload) else same = kept.payload == arg.payload end
  return same and 'duplicate' or 'conflict'
end
local now = text_of(now_ms())
local entry = add_entry(arg.id, #arg.payload)
move(arg.id, key.event, nil, 'queued', now, now, {
  'type', arg.type, 'user', arg.user, 'order', arg.order, 'payload', arg.payload, 'headers', arg.headers,
  'received', now, 'entry', entry,
})
count('received', 1)
count('accepted', 1)
return 'accepted'
