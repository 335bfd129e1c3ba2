#!lua flags=allow-oom
--! include lib/topics
--! keys due allowance
--! args tag most lease_ms per_second
-- Takes work of the topic that has waited longest, for `lease_ms` alone: a topic's calls never overtake each other. All workers
-- share an allowance of `per_second` devices, which is left to add up for a second at most. Answers in how many ms there may be
-- some (-1: nothing is known of), or the topic, and then four values for each device: its hash, the change, its token and version.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local topic, due = unpack(redis.call('ZRANGE', key.due, 0, 0, 'WITHSCORES'))
if not topic then return { -1 } end
if tonumber(due) > now then return { tonumber(due) - now } end

local rate = tonumber(arg.per_second)
local left, at = unpack(redis.call('HMGET', key.allowance, 'left', 'at'))
left = math.min(rate, (tonumber(left) or rate) + math.max(now - (tonumber(at) or now), 0) * rate / 1000)
-- A call for a few devices costs as much as one for many.
local enough = math.min(tonumber(arg.most), redis.call('HLEN', work_key(topic)))
if left < math.min(enough, rate) then return { math.ceil((math.min(enough, rate) - left) * 1000 / rate) } end

local answer = { topic }
local work = redis.call('HRANDFIELD', work_key(topic), math.min(tonumber(arg.most), math.floor(left)), 'WITHVALUES')
for i = 1, #work, 2 do
  local hash, change = work[i], work[i + 1]
  local word, token = string.match(change, '^(%S+) ?(.*)$')
  if string.sub(word, 1, 1) == '+' then token = redis.call('GET', arg.tag .. ':token:' .. hash) end
  if token and token ~= '' then
    local version = redis.call('HGET', arg.tag .. ':device:' .. hash, 'version')
    for _, value in ipairs({ hash, word, token, version or '0' }) do answer[#answer + 1] = value end
  else
    redis.call('HDEL', work_key(topic), hash)
  end
end
redis.call('HSET', key.allowance, 'left', tostring(left - (#answer - 1) / 4), 'at', now)
redis.call('PEXPIRE', key.allowance, 10000)
redis.call('ZADD', key.due, now + arg.lease_ms, topic)
return answer
