-- Which topics a device follows, and what of it FCM has still to be told. `topics:<hash>` has a field for each topic a device
-- follows: who wants it (`definition` or `user`), a space, and `wanted`, `subscribed` or the code it was refused with.
-- `topic-work:<topic>` has one for each device FCM is to be told of: `+` or `-`, the number of tries, and for `-` the token,
-- because its device may be gone by then. `topics-due` says when the work of a topic is to be looked at.
local function topics_key(hash) return arg.tag .. ':topics:' .. hash end
local function wishes_key(user) return arg.tag .. ':wishes:' .. user end
local function work_key(topic) return arg.tag .. ':topic-work:' .. topic end
local function due_key() return arg.tag .. ':topics-due' end

local function tell_fcm(topic, hash, change, now)
  redis.call('HSET', work_key(topic), hash, change)
  redis.call('ZADD', due_key(), 'NX', now, topic)
end

local function unfollow(hash, topic, token, now)
  redis.call('HDEL', topics_key(hash), topic)
  if token then tell_fcm(topic, hash, '-0 ' .. token, now) else redis.call('HDEL', work_key(topic), hash) end
end

-- The device is no target any more.
local function unfollow_all(hash, now)
  local topics = redis.call('HKEYS', topics_key(hash))
  if #topics == 0 then return end
  local token = redis.call('GET', arg.tag .. ':token:' .. hash)
  for _, topic in ipairs(topics) do unfollow(hash, topic, token, now) end
end

-- What a device of these users is to follow: a line of `arg.rules` is a topic and its platforms (`*` is all) with commas
-- between, as definitions have it; what a user wishes goes over that.
local function wanted_of(users, platform)
  local wanted, unwanted = {}, {}
  for topic, platforms in string.gmatch(arg.rules, '(%S+) (%S+)') do
    local is_meant = platforms == '*' or string.find(',' .. platforms .. ',', ',' .. (platform or '?') .. ',', 1, true)
    if is_meant then wanted[topic] = 'definition' end
  end
  for _, user in ipairs(users) do
    local wishes = redis.call('HGETALL', wishes_key(user))
    for i = 1, #wishes, 2 do
      if wishes[i + 1] == 'in' then wanted[wishes[i]] = 'user' else unwanted[wishes[i]] = true end
    end
  end
  for topic in pairs(unwanted) do
    if wanted[topic] == 'definition' then wanted[topic] = nil end
  end
  return wanted
end

-- Makes a device follow what it should, and nothing else. What FCM refused is tried again.
local function follow(hash, users, now)
  local platform, pruned, quarantined =
    unpack(redis.call('HMGET', arg.tag .. ':device:' .. hash, 'platform', 'pruned', 'quarantined'))
  if pruned or quarantined then return end
  local wanted = wanted_of(users, platform)
  local key, count = topics_key(hash), 0
  local followed = redis.call('HGETALL', key)
  local states = {}
  for i = 1, #followed, 2 do
    if wanted[followed[i]] then
      states[followed[i]], count = string.match(followed[i + 1], ' (.+)$'), count + 1
    else
      unfollow(hash, followed[i], redis.call('GET', arg.tag .. ':token:' .. hash), now)
    end
  end
  for topic, by in pairs(wanted) do
    local state = states[topic]
    if not state then count = count + 1 end
    if state == 'subscribed' or state == 'wanted' then
      redis.call('HSET', key, topic, by .. ' ' .. state)
    elseif count > tonumber(arg.most_topics) then
      redis.call('HSET', key, topic, by .. ' TOO_MANY_TOPICS')
    else
      redis.call('HSET', key, topic, by .. ' wanted')
      tell_fcm(topic, hash, '+0', now)
    end
  end
end
