-- KEYS call, known mark, outbox. ARGV token, keep s, delivery id, payload.
local state = redis.call('GET', KEYS[1])
if not state or string.sub(state, 1, 5) ~= 'open:' then return 0 end
return deliver(2, 3, ARGV[1], ARGV[2])
