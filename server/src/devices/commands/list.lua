#!lua flags=no-writes
--! include lib/topics lib/device
--! keys user
--! args tag user
-- The devices of a user: Redis' time, then for each its hash and its fields.
local answer = { now_ms() }
for _, hash in ipairs(redis.call('SMEMBERS', key.user)) do
  if is_among(owners_of(hash), arg.user) then
    answer[#answer + 1] = { hash, redis.call('HGETALL', device_key(hash)) }
  end
end
return answer
