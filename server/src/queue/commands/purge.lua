#!lua flags=allow-oom
--! include ../../events/commands/lib/record lib/event
--! keys sent failed counters
--! args event_prefix seen_prefix status keep_ms dedupe_ms limit offset counted_as
-- Forgets events that were settled as `status` more than `keep_ms` ago, the oldest first, and counts them as `counted_as`
-- (`purged` or `shed`). An id that must be remembered longer than its event leaves a receipt behind: the sum of its body,
-- which expires by itself.
-- Answers {how many were looked at, how many were forgotten}; `offset` skips those that a replay has made younger.
local now = now_ms()
local ids = redis.call('ZRANGEBYSCORE', key[arg.status], '-inf', now - arg.keep_ms, 'LIMIT', arg.offset, arg.limit)
local forgotten = 0
for _, id in ipairs(ids) do
  local event = arg.event_prefix .. id
  local e = read_without_content(event, 'status', 'updated')
  if not e.status or (e.status == arg.status and tonumber(e.updated) <= now - arg.keep_ms) then
    take(arg.status, id)
    redis.call('DEL', event)
    count(arg.counted_as, 1)
    forgotten = forgotten + 1
    local remember = (e.received or 0) + arg.dedupe_ms - now
    if e.sum and remember > 0 then redis.call('SET', arg.seen_prefix .. id, e.sum, 'PX', remember) end
  end
end
return { #ids, forgotten }
