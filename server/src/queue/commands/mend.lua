#!lua flags=allow-oom
--! include ../../events/commands/lib/record lib/event lib/delivered
--! keys stream due queued processing retrying changes
--! args event_prefix status offset limit
-- Finds events that wait for something which is not there (lost data, a destroyed stream) and queues them again:
-- a queued or processing one without its entry or with one that was handed out and is in nobody's hands, a retrying one
-- without its due time.
-- Answers {how many were looked at, how many were mended}.
local now = now_ms()
local ids = redis.call('ZRANGE', key[arg.status], arg.offset, arg.offset + arg.limit - 1)
local given, mended = last_delivered(), 0
for _, id in ipairs(ids) do
  local event = arg.event_prefix .. id
  local e = read(event, 'status', 'entry', 'received')
  local waits
  if arg.status == 'retrying' then
    waits = redis.call('ZSCORE', key.due, id)
  else
    waits = e.entry and e.entry ~= '' and #redis.call('XRANGE', key.stream, e.entry, e.entry) == 1
    if waits and not is_held(e.entry, given) then
      waits = false
      redis.call('XDEL', key.stream, e.entry)
    end
  end
  if e.status == arg.status and not waits then
    mended = mended + 1
    move(id, event, e.status, 'queued', e.received, now, { 'entry', add_entry_again(id, event), 'owner', '' })
  end
end
return { #ids, mended }
