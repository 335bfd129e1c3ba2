#!lua flags=allow-oom
--! include lib/topics lib/device lib/breaker
--! keys device breaker
--! args tag hash as version code sent share free kept_ms
-- FCM says that a token is gone (`as` is `pruned`) or that it is another sender's (`quarantined`): takes the device out of use, to
-- be restored. `version` is the device's when the send began; `sent` are messages to devices that this worker has not counted
-- yet; `kept_ms` is how long the device is still kept, empty for as long as it was.
-- Answers `pruned` or `quarantined`; `renewed` when the token was registered again, seen or restored meanwhile; `missing` when it
-- is not registered, or set aside already; `suppressed` while the breaker is open.
local now = now_ms()
count('sent', now, tonumber(arg.sent))
local user, version, pruned, same = unpack(redis.call('HMGET', key.device, 'user', 'version', 'pruned', arg.as))
if not user or pruned or same then return 'missing' end
if (version or '0') ~= arg.version then return 'renewed' end

redis.call('HSET', key.device, 'result', arg.code, 'result_at', now)
if breaks(arg.as, now, arg.share, arg.free) then return 'suppressed' end
unfollow_all(arg.hash, now)
put_back(arg.hash)
redis.call('HSET', key.device, arg.as, now, arg.as .. '_code', arg.code)
if arg.kept_ms ~= '' then
  redis.call('PEXPIRE', key.device, arg.kept_ms)
  redis.call('PEXPIRE', token_key(arg.hash), arg.kept_ms)
end
return arg.as
