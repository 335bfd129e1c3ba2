#!lua flags=allow-oom
--! keys device
--! args user_prefix hash
-- Forgets a token. Answers `forgotten`, or `missing` when it was not registered.
local user = redis.call('HGET', key.device, 'user')
if not user then return 'missing' end
redis.call('SREM', arg.user_prefix .. user, arg.hash)
redis.call('DEL', key.device)
return 'forgotten'
