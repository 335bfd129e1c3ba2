#!lua flags=allow-oom
--! keys device
--! args block_ms
-- FCM said 429 about this device: nothing goes to it for so long.
local kind = redis.call('TYPE', key.device).ok
if kind ~= 'none' and kind ~= 'hash' then return redis.error_reply('WRONGTYPE ' .. key.device .. ' is a ' .. kind) end
local t = redis.call('TIME')
local till = t[1] * 1000 + math.floor(t[2] / 1000) + arg.block_ms
local blocked = tonumber(redis.call('HGET', key.device, 'blocked') or 0)
if till <= blocked then return end
redis.call('HSET', key.device, 'blocked', till)
local lives = redis.call('PTTL', key.device)
if lives < tonumber(arg.block_ms) then redis.call('PEXPIREAT', key.device, till) end
