#!lua
--! include lib/topics lib/device
--! keys device
--! args tag hash platform app_version locale time_zone kept_ms rules most_topics
-- The app was in contact, whoever uses it. Answers `touched`, or `missing` when the token is not registered.
local users = owners_of(arg.hash)
if #users == 0 then return 'missing' end
local now = now_ms()
seen(arg.hash, now)
follow(arg.hash, users, now)
keep(arg.hash, users, arg.kept_ms)
return 'touched'
