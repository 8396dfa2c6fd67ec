-- Put in front of emit, finish and post. Adds deliveries, leaving out those whose id is known.
-- KEYS[key..] pairs: known mark, outbox stream. ARGV[arg..] pairs: delivery id, payload.
-- A mark that holds our own token was set by an earlier try of this very call, whose reply was lost.
local function deliver(key, arg, token, keep)
  local added = 0
  while KEYS[key] do
    local mine = token .. ':' .. key
    local known = redis.call('GET', KEYS[key])
    if not known then
      redis.call('XADD', KEYS[key + 1], '*', 'id', ARGV[arg], 'payload', ARGV[arg + 1])
      redis.call('SET', KEYS[key], mine, 'EX', keep)
    end
    if not known or known == mine then added = added + 1 end
    key, arg = key + 2, arg + 2
  end
  return added
end

