#!lua flags=allow-oom
--! include ../../events/commands/lib/record lib/event
--! keys due stream queued retrying changes
--! args event_prefix limit
-- Queues the events whose next try is due, `limit` at the most. Any number of workers may run it at once.
-- Answers {how many were due, ms until the next one is due or -1}.
local now = now_ms()
local ids = redis.call('ZRANGEBYSCORE', key.due, '-inf', now, 'LIMIT', 0, arg.limit)
for _, id in ipairs(ids) do
  local event = arg.event_prefix .. id
  local e = read(event, 'status', 'received')
  redis.call('ZREM', key.due, id)
  if e.status == 'retrying' then
    move(id, event, 'retrying', 'queued', e.received, now, { 'entry', add_entry_again(id, event) })
  end
end
local first = redis.call('ZRANGE', key.due, 0, 0, 'WITHSCORES')[2]
return { #ids, first and math.max(0, first - now) or -1 }
