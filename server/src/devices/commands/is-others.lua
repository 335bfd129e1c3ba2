#!lua flags=no-writes
--! include lib/topics lib/device
--! each device
--! args tag hash user
-- Whether a token is registered for others, and not for this user: 1 or 0.
local users = owners_of(arg.hash)
return #users > 0 and not is_among(users, arg.user) and 1 or 0
