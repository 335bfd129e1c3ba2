#!lua flags=allow-oom
--! include lib/topics
--! keys due
--! args tag topic results rest_ms most_tries
-- Puts down what FCM said to changes of a topic: a line for each device, of its hash, the change as it was taken, and `done`, or
-- `failed` or `again` with a code. What is wanted otherwise by now is left to be told; what has been tried too often fails.
-- The rest of the topic's work, if there is any, is due in `rest_ms`. Answers how many were done, failed, and are tried again.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local work, counts = work_key(arg.topic), { done = 0, failed = 0, again = 0 }
for hash, word, verdict, code in string.gmatch(arg.results, '(%S+) (%S+) (%S+) (%S+)') do
  local change = redis.call('HGET', work, hash)
  if change and string.match(change, '^%S+') == word then
    local tries = tonumber(string.sub(word, 2)) + 1
    if verdict == 'again' and tries >= tonumber(arg.most_tries) then verdict = 'failed' end
    counts[verdict] = counts[verdict] + 1
    if verdict == 'again' then
      redis.call('HSET', work, hash, string.sub(word, 1, 1) .. tries .. string.sub(change, #word + 1))
    else
      redis.call('HDEL', work, hash)
      local followed = redis.call('HGET', topics_key(hash), arg.topic)
      if followed and string.sub(word, 1, 1) == '+' then
        local state = verdict == 'done' and 'subscribed' or code
        redis.call('HSET', topics_key(hash), arg.topic, string.match(followed, '^%S+') .. ' ' .. state)
      end
    end
  end
end
if redis.call('EXISTS', work) == 1 then
  redis.call('ZADD', key.due, now + arg.rest_ms, arg.topic)
else
  redis.call('ZREM', key.due, arg.topic)
end
return { counts.done, counts.failed, counts.again }
