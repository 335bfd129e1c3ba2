-- What every command on devices has in common, on top of lib/topics. All keys begin with one hash tag (`arg.tag`), so a script
-- may name more of them than it was given. Times are Redis' own, in ms since the epoch; a field that is not known is not there.
-- The token has a key of its own: with a value that long Redis would keep a device's fields in three times the memory. An older
-- Herald kept it among them.
local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function device_key(hash) return arg.tag .. ':device:' .. hash end
local function token_key(hash) return arg.tag .. ':token:' .. hash end
local function owners_key(hash) return arg.tag .. ':owners:' .. hash end
local function user_key(user) return arg.tag .. ':user:' .. user end
-- There while any device may be.
local function any_key() return arg.tag .. ':any' end

-- Everybody to whom a device belongs: one user, several when it is shared, nobody when it is not registered.
local function owners_of(hash)
  local user, shared = unpack(redis.call('HMGET', device_key(hash), 'user', 'shared'))
  if not user then return {} end
  if not shared then return { user } end
  return redis.call('ZRANGE', owners_key(hash), 0, -1)
end

local function is_among(users, user)
  for _, each in ipairs(users) do
    if each == user then return true end
  end
  return false
end

-- A sign of life: a device, and what leads to it, is kept for so long from now on.
local function keep(hash, users, ms)
  redis.call('SET', any_key(), 1, 'PX', ms)
  redis.call('PEXPIRE', device_key(hash), ms)
  redis.call('PEXPIRE', token_key(hash), ms)
  redis.call('PEXPIRE', owners_key(hash), ms)
  redis.call('PEXPIRE', topics_key(hash), ms)
  for _, user in ipairs(users) do
    redis.call('PEXPIRE', user_key(user), ms)
    redis.call('PEXPIRE', wishes_key(user), ms)
  end
end

-- Takes a device away from one of its owners; with the last one it is gone.
local function take_away(hash, user)
  redis.call('SREM', user_key(user), hash)
  redis.call('ZREM', owners_key(hash), user)
  local left = redis.call('ZRANGE', owners_key(hash), -1, -1)[1]
  if left then
    redis.call('HSET', device_key(hash), 'user', left)
  else
    unfollow_all(hash, now_ms())
    redis.call('DEL', device_key(hash), token_key(hash))
  end
end

-- A device that was pruned or quarantined is in use again. Answers whether it was.
local function put_back(hash)
  return redis.call('HDEL', device_key(hash), 'pruned', 'pruned_code', 'quarantined', 'quarantined_code') > 0
end

-- The app holds the token now: what it says of itself, and nothing that was said of the token before counts any more.
local function seen(hash, now)
  local device = device_key(hash)
  redis.call('HSET', device, 'seen', now)
  -- A hash that is new may be of a token that had one before: it begins at the microsecond, where no version of that can have
  -- been, so that an answer to what was sent then is not taken for one to what is sent now.
  local t = redis.call('TIME')
  redis.call('HSETNX', device, 'version', t[1] * 1e6 + t[2])
  redis.call('HINCRBY', device, 'version', 1)
  put_back(hash)
  for _, field in ipairs({ 'platform', 'app_version', 'locale', 'time_zone' }) do
    if arg[field] ~= '' then redis.call('HSET', device, field, arg[field]) end
  end
end
