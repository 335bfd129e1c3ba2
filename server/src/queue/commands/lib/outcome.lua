-- What recording the outcome of an attempt has in common.

-- A failure counts only from the worker that still holds the event; what happened since is never overwritten. When it was
-- received tells it from one that had the same id before.
local function held_by_caller(e)
  return e.status == 'processing' and e.owner == arg.owner and e.generation == arg.generation and e.round == arg.round
    and e.received == arg.received
end
