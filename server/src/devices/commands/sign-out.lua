#!lua flags=allow-oom
--! include lib/topics lib/device
--! keys device owners
--! args tag hash user rules most_topics
-- Takes a token away from `user`, or from everybody when that is empty. Answers `forgotten`, or `missing` when it was not
-- theirs.
local users = owners_of(arg.hash)
local leaving = arg.user == '' and users or { arg.user }
if #users == 0 or (arg.user ~= '' and not is_among(users, arg.user)) then return 'missing' end
for _, user in ipairs(leaving) do take_away(arg.hash, user) end
local left = owners_of(arg.hash)
if #left > 0 then follow(arg.hash, left, now_ms()) end
return 'forgotten'
