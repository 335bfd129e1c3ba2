#!lua
--! include lib/topics lib/device
--! keys user
--! args tag user topic wish rules most_topics kept_ms
-- What a user wishes of a topic: `in`, `out`, which undoes what a definition has, or `none`. All their devices follow it, and those
-- they get later. Answers `changed`, `unchanged`, or `full`.
local wishes = wishes_key(arg.user)
local wish = redis.call('HGET', wishes, arg.topic) or 'none'
if wish == 'none' and arg.wish ~= 'none' and redis.call('HLEN', wishes) >= tonumber(arg.most_topics) then return 'full' end
if arg.wish == 'none' then
  redis.call('HDEL', wishes, arg.topic)
else
  redis.call('HSET', wishes, arg.topic, arg.wish)
  redis.call('PEXPIRE', wishes, arg.kept_ms)
end
for _, hash in ipairs(redis.call('SMEMBERS', key.user)) do
  local users = owners_of(hash)
  if is_among(users, arg.user) then follow(hash, users, now_ms()) end
end
return wish == arg.wish and 'unchanged' or 'changed'
