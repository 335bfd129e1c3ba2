#!lua flags=allow-oom
--! keys current history state
--! args type if_version nonce kept remember_s
-- Takes a definition away, if its version is `if_version` or that is empty; its history is remembered for a while.
-- Answers {`withdrawn`, version}, {`missing`} or {`conflict`, version}. May run twice: the second time it is missing.
local before = redis.call('HGET', key.current, arg.type)
if not before then return { 'missing' } end
local version = string.match(before, '^(%d+) ')
if arg.if_version ~= '' and arg.if_version ~= version then return { 'conflict', tonumber(version) } end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local next = redis.call('HINCRBY', key.state, 'revision', 1)
redis.call('HSET', key.state, 'nonce', arg.nonce)
redis.call('HDEL', key.current, arg.type)
redis.call('LPUSH', key.history, next .. ' ' .. now .. ' ')
redis.call('LTRIM', key.history, 0, arg.kept - 1)
redis.call('EXPIRE', key.history, arg.remember_s)
return { 'withdrawn', next }
