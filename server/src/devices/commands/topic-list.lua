#!lua flags=no-writes
--! include lib/topics lib/device
--! keys user
--! args tag user
-- What a user's devices follow: first what the user wishes, as names and values, then for each device its hash and the same.
local answer = { redis.call('HGETALL', wishes_key(arg.user)) }
for _, hash in ipairs(redis.call('SMEMBERS', key.user)) do
  if is_among(owners_of(hash), arg.user) then
    answer[#answer + 1] = { hash, redis.call('HGETALL', topics_key(hash)) }
  end
end
return answer
