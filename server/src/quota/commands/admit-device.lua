#!lua flags=allow-oom
--! keys device
--! args minute_holds minute_ms hour_holds hour_ms collapsible_holds collapsible_ms before patience_ms
-- Whether a message may go to this device. Each limit is a bucket of so many `holds` that gets one back every so many ms; a
-- limit of 0 is none. The device's hash keeps for each when it will be full again; `blocked` is until when FCM refuses it.
-- `before` is how many went to it that nobody has told Redis of. Answers for how many ms to wait, and of which limit; when that
-- is longer than `patience_ms`, nothing was taken for it.
local kind = redis.call('TYPE', key.device).ok
if kind ~= 'none' and kind ~= 'hash' then return redis.error_reply('WRONGTYPE ' .. key.device .. ' is a ' .. kind) end
local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local LIMITS = { { 'minute', 'device' }, { 'hour', 'device' }, { 'collapsible', 'collapsible' } }
local blocked = tonumber(redis.call('HGET', key.device, 'blocked') or 0)
local wait, scope, latest = math.max(0, blocked - now), 'device', blocked
local with, without = {}, {}
for _, limit in ipairs(LIMITS) do
  local name = limit[1]
  local holds, every = tonumber(arg[name .. '_holds']), tonumber(arg[name .. '_ms'])
  if holds > 0 then
    local untold = name ~= 'collapsible' and arg.before or 0
    local full_at = math.max(tonumber(redis.call('HGET', key.device, name) or 0), now) + untold * every
    local turn = full_at + every - holds * every - now
    if turn > wait then wait, scope = turn, limit[2] end
    latest = math.max(latest, full_at + every)
    with[#with + 1], with[#with + 2] = name, string.format('%.3f', full_at + every)
    without[#without + 1], without[#without + 2] = name, string.format('%.3f', full_at)
  end
end
local passes = wait <= tonumber(arg.patience_ms)
local changed = passes and with or without
if #changed > 0 and (passes or tonumber(arg.before) > 0) then
  redis.call('HSET', key.device, unpack(changed))
  redis.call('PEXPIREAT', key.device, math.ceil(latest))
end
return { math.ceil(wait), scope }
