#!lua
--! include lib/device
--! keys device
--! args tag hash platform app_version locale time_zone kept_ms
-- The app was in contact, whoever uses it. Answers `touched`, or `missing` when the token is not registered.
local users = owners_of(arg.hash)
if #users == 0 then return 'missing' end
seen(arg.hash, now_ms())
keep(arg.hash, users, arg.kept_ms)
return 'touched'
