#!lua
--! keys device
--! args user_prefix hash user token platform
-- Registers a token for a user, or confirms that it still is theirs. A token belongs to one user: it is taken away from
-- whoever had it before, so that a shared phone does not show another person's messages.
-- Answers `registered`, `confirmed` or `moved`.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local before = redis.call('HGET', key.device, 'user')
if before and before ~= arg.user then redis.call('SREM', arg.user_prefix .. before, arg.hash) end
redis.call('SADD', arg.user_prefix .. arg.user, arg.hash)
redis.call('HSET', key.device, 'user', arg.user, 'token', arg.token, 'seen', now)
if arg.platform ~= '' then redis.call('HSET', key.device, 'platform', arg.platform) end
if before ~= arg.user then redis.call('HSET', key.device, 'registered', now) end
if not before then return 'registered' end
return before == arg.user and 'confirmed' or 'moved'
