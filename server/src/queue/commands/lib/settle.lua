-- What recording the outcome of an attempt has in common.

-- A failure counts only from the worker that still holds the event; what happened since is never overwritten.
local function held_by_caller(e)
  return e.status == 'processing' and e.owner == arg.owner and e.generation == arg.generation
end

-- The fields that every outcome changes.
local function outcome_fields(e, extra)
  local fields = {
    'attempts', e.attempts + 1,
    'done', arg.done,
    'history', with_lines(e.history, arg.lines),
    'entry', '', 'owner', '',
  }
  for _, value in ipairs(extra) do fields[#fields + 1] = value end
  return fields
end
