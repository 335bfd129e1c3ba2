#!lua flags=no-writes
--! include lib/topics lib/device
--! each user string
--! args tag user
-- What a user's notifications go to. Answers how many devices are pruned or quarantined; whether a token of another system may be
-- registered for others, 1 or 0; then seven values for each device that is neither: token, kind, version, last result, when
-- that was noted, locale and platform. Without devices it is the token another system has put at `string`, whose version is
-- empty; on a cluster that is in another slot, and `string` is the same as `user`.
local BEFORE_TARGETS = 2
local answer = { 0, 0 }
for _, hash in ipairs(redis.call('SMEMBERS', key.user)) do
  local owner, shared, pruned, quarantined, old_token, kind, version, result, at, locale, platform =
    unpack(redis.call('HMGET', device_key(hash), 'user', 'shared', 'pruned', 'quarantined', 'token', 'kind', 'version', 'result',
      'result_at', 'locale', 'platform'))
  local is_aside = pruned or quarantined
  local is_theirs = owner == arg.user or (shared and redis.call('ZSCORE', owners_key(hash), arg.user))
  local token = is_theirs and not is_aside and (redis.call('GET', token_key(hash)) or old_token)
  if is_theirs and is_aside then answer[1] = answer[1] + 1 end
  if token then
    for _, value in ipairs({ token, kind or 'token', version or '0', result or '', at or '0', locale or '', platform or '' }) do
      answer[#answer + 1] = value
    end
  end
end
if #answer > BEFORE_TARGETS then return answer end
answer[2] = redis.call('EXISTS', any_key())
-- Whatever else another system has put there is no token.
local token = key.string ~= key.user and redis.pcall('GET', key.string)
if type(token) == 'string' and token ~= '' then return { answer[1], answer[2], token, 'token', '', '', '0', '', '' } end
return answer
