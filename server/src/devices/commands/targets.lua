#!lua flags=no-writes
--! include lib/topics lib/device
--! keys user
--! args tag user
-- What a user's notifications go to. Answers how many devices are pruned, then six values for each that is not: token,
-- kind, version, last result, when that was noted, and locale.
local answer = { 0 }
for _, hash in ipairs(redis.call('SMEMBERS', key.user)) do
  local owner, shared, pruned, old_token, kind, version, result, at, locale =
    unpack(redis.call('HMGET', device_key(hash), 'user', 'shared', 'pruned', 'token', 'kind', 'version', 'result', 'result_at', 'locale'))
  local is_theirs = owner == arg.user or (shared and redis.call('ZSCORE', owners_key(hash), arg.user))
  local token = is_theirs and not pruned and (redis.call('GET', token_key(hash)) or old_token)
  if is_theirs and pruned then answer[1] = answer[1] + 1 end
  if token then
    for _, value in ipairs({ token, kind or 'token', version or '0', result or '', at or '0', locale or '' }) do
      answer[#answer + 1] = value
    end
  end
end
return answer
