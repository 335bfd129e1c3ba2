#!lua flags=allow-oom
--! include lib/event
--! keys sent failed counters
--! args event_prefix seen_prefix status keep_ms dedupe_ms limit offset
-- Forgets events that were settled as `status` more than `keep_ms` ago. An id that must be remembered longer than its
-- event leaves a receipt behind: the SHA-1 of its body, which expires by itself.
-- Answers {how many were looked at, how many were forgotten}; `offset` skips those that a replay has made younger.
local now = now_ms()
local ids = redis.call('ZRANGEBYSCORE', key[arg.status], '-inf', now - arg.keep_ms, 'LIMIT', arg.offset, arg.limit)
local forgotten = 0
for _, id in ipairs(ids) do
  local event = arg.event_prefix .. id
  local e = read(event, 'updated', 'received', 'payload')
  if not e.updated or tonumber(e.updated) <= now - arg.keep_ms then
    redis.call('ZREM', key[arg.status], id)
    redis.call('DEL', event)
    redis.call('HINCRBY', key.counters, 'purged', 1)
    forgotten = forgotten + 1
    local remember = (e.received or 0) + arg.dedupe_ms - now
    if e.payload and remember > 0 then
      redis.call('SET', arg.seen_prefix .. id, redis.sha1hex(e.payload), 'PX', remember)
    end
  end
end
return { #ids, forgotten }
