#!lua
--! keys current history state
--! args type definition if_version checked nonce most kept
-- Puts a definition in the place of what there was, as a new version, if what there was is what the caller has seen:
-- `if_version` is its version, `none` when there must be none, empty when it does not matter. `checked` is the revision of all
-- definitions, and its nonce, beside which this one was found good.
-- Answers {`defined`, version, ms}, {`unchanged`, version, ms} when it is there already, {`conflict`, version or 0}, {`outdated`}
-- when any definition has changed since the check, or {`full`}.
-- May run twice: the second time nothing changes.
local before = redis.call('HGET', key.current, arg.type)
local version, ms, definition = 0, 0, nil
if before then
  local v, at, text = string.match(before, '^(%d+) (%d+) (.*)$')
  version, ms, definition = tonumber(v), tonumber(at), text
end
if definition == arg.definition then return { 'unchanged', version, ms } end
local expected = arg.if_version
if expected == 'none' then expected = '0' end
if expected ~= '' and expected ~= tostring(version) then return { 'conflict', version } end
local revision, nonce = unpack(redis.call('HMGET', key.state, 'revision', 'nonce'))
if arg.checked ~= (revision or '') .. ' ' .. (nonce or '') then return { 'outdated' } end
if not before and redis.call('HLEN', key.current) >= tonumber(arg.most) then return { 'full' } end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local next = redis.call('HINCRBY', key.state, 'revision', 1)
redis.call('HSET', key.state, 'nonce', arg.nonce)
local line = next .. ' ' .. now .. ' ' .. arg.definition
redis.call('HSET', key.current, arg.type, line)
redis.call('LPUSH', key.history, line)
redis.call('LTRIM', key.history, 0, arg.kept - 1)
redis.call('PERSIST', key.history)
return { 'defined', next, tonumber(now) }
