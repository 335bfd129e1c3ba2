#!lua flags=allow-oom
--! include lib/topics lib/device lib/breaker
--! keys device breaker
--! args tag hash version code sent share free pruned_kept_ms
-- FCM says that a token is gone: takes the device out of use, to be restored for a while. `version` is the device's when the
-- send began; `sent` are messages to devices that this worker has not counted yet.
-- Answers `pruned`; `renewed` when the token was registered again, seen or restored meanwhile; `missing` when it is not
-- registered, or pruned already; `suppressed` while the breaker is open.
local now = now_ms()
count('sent', now, tonumber(arg.sent))
local user, version, pruned = unpack(redis.call('HMGET', key.device, 'user', 'version', 'pruned'))
if not user or pruned then return 'missing' end
if (version or '0') ~= arg.version then return 'renewed' end

redis.call('HSET', key.device, 'result', arg.code, 'result_at', now)
count('gone', now, 1)
local sent, gone = window(now)
local opened = opened_at(now)
if gone > tonumber(arg.free) and gone > tonumber(arg.share) * sent then
  redis.call('HSET', key.breaker, 'opened', opened or now, 'until', now + WINDOW_MS)
  opened = opened or now
end
if opened then return 'suppressed' end
unfollow_all(arg.hash, now)
redis.call('HSET', key.device, 'pruned', now, 'pruned_code', arg.code)
redis.call('PEXPIRE', key.device, arg.pruned_kept_ms)
redis.call('PEXPIRE', token_key(arg.hash), arg.pruned_kept_ms)
return 'pruned'
