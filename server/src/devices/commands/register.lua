#!lua
--! include lib/topics lib/device
--! keys device owners
--! args tag hash user token suffix kind platform app_version locale time_zone shared kept_ms most_devices most_owners rules most_topics
-- Registers a token for a user, or confirms that it still is theirs. A token belongs to one user: it is taken away from
-- whoever had it before, so that a phone that changed hands does not show another person's messages. Only a device that was
-- registered as shared (`shared` is `yes`, `no` or empty, which leaves it as its owner has it) may have several owners.
-- Answers `registered`, `confirmed` or `moved`.
local now = now_ms()
local before = owners_of(arg.hash)
local was_owner = is_among(before, arg.user)
local was_shared = redis.call('HEXISTS', key.device, 'shared') == 1
local stays_shared = was_shared and (arg.shared == 'yes' or (arg.shared == '' and was_owner))

local moved = false
if not stays_shared then
  for _, user in ipairs(before) do
    if user ~= arg.user then
      redis.call('SREM', user_key(user), arg.hash)
      moved = true
    end
  end
  redis.call('DEL', key.owners)
end

redis.call('SET', token_key(arg.hash), arg.token)
redis.call('HDEL', key.device, 'token')
redis.call('HSET', key.device, 'user', arg.user, 'suffix', arg.suffix, 'kind', arg.kind)
if #before == 0 or moved then
  redis.call('HSET', key.device, 'registered', now)
  redis.call('HDEL', key.device, 'result', 'result_at')
end
seen(arg.hash, now)

if stays_shared or arg.shared == 'yes' then
  redis.call('HSET', key.device, 'shared', 1)
  redis.call('ZADD', key.owners, now, arg.user)
  -- The owner who was not seen the longest makes room.
  while redis.call('ZCARD', key.owners) > tonumber(arg.most_owners) do
    local oldest = redis.call('ZRANGE', key.owners, 0, 1)
    take_away(arg.hash, oldest[1] == arg.user and oldest[2] or oldest[1])
  end
else
  redis.call('HDEL', key.device, 'shared')
end

-- Of what is listed for the user: what went with its time is taken off, and the least useful makes room.
local function make_room()
  local count, least, least_rank = 0, nil, nil
  for _, hash in ipairs(redis.call('SMEMBERS', user_key(arg.user))) do
    local contact, pruned, quarantined = unpack(redis.call('HMGET', device_key(hash), 'seen', 'pruned', 'quarantined'))
    if not contact then
      redis.call('SREM', user_key(arg.user), hash)
    else
      count = count + 1
      local rank = tonumber(contact) - ((pruned or quarantined) and 1e15 or 0)
      if hash ~= arg.hash and (not least or rank < least_rank) then least, least_rank = hash, rank end
    end
  end
  if count > tonumber(arg.most_devices) then take_away(least, arg.user) end
end
if redis.call('SADD', user_key(arg.user), arg.hash) == 1 then make_room() end
follow(arg.hash, owners_of(arg.hash), now)
keep(arg.hash, owners_of(arg.hash), arg.kept_ms)

if moved then return 'moved' end
return was_owner and 'confirmed' or 'registered'
