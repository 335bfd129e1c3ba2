#!lua flags=allow-oom
--! include lib/topics lib/device
--! keys devices
--! args tag results kept_ms rules most_topics
-- Notes what became of the last messages: a line for each device, of its hash, the result, and 1 when FCM took the message, which
-- is a sign of life and ends a quarantine, and with it the topics come back. `key.devices` only says in which slot they are.
-- Answers how many of them are registered.
local now, known = now_ms(), 0
for hash, result, delivered in string.gmatch(arg.results, '(%S+) (%S+) (%d)') do
  local users = owners_of(hash)
  if #users > 0 then
    known = known + 1
    redis.call('HSET', device_key(hash), 'result', result, 'result_at', now)
    local is_pruned = redis.call('HEXISTS', device_key(hash), 'pruned') == 1
    if delivered == '1' and not is_pruned then
      if put_back(hash) then follow(hash, users, now) end
      keep(hash, users, arg.kept_ms)
    end
  end
end
return known
