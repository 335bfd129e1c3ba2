#!lua
--! include lib/topics lib/device
--! keys device
--! args tag hash user kept_ms rules most_topics
-- Takes a pruning or a quarantine back. Answers `restored`, `active` when it was in use, or `missing` when the device is not the user's:
-- forgotten after its time, or registered by somebody else since.
local users = owners_of(arg.hash)
if not is_among(users, arg.user) then return 'missing' end
if not put_back(arg.hash) then return 'active' end
-- Answers to what was sent before must not set it aside again.
redis.call('HINCRBY', key.device, 'version', 1)
follow(arg.hash, users, now_ms())
keep(arg.hash, users, arg.kept_ms)
return 'restored'
