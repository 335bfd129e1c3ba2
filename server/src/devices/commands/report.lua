#!lua flags=allow-oom
--! include lib/device
--! keys device
--! args tag hash result delivered kept_ms
-- Notes what became of the last message. One that FCM took is a sign of life. Answers `noted`, or `missing`.
local users = owners_of(arg.hash)
if #users == 0 then return 'missing' end
redis.call('HSET', key.device, 'result', arg.result, 'result_at', now_ms())
if arg.delivered == '1' and redis.call('HEXISTS', key.device, 'pruned') == 0 then
  keep(arg.hash, users, arg.kept_ms)
end
return 'noted'
