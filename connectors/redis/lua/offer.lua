-- KEYS inbox, call. ARGV token, keep s, call id, payload. 1: added (now, or by an earlier try of this call).
local mine = 'open:' .. ARGV[1]
local known = redis.call('GET', KEYS[2])
if known then return known == mine and 1 or 0 end
redis.call('XADD', KEYS[1], '*', 'id', ARGV[3], 'payload', ARGV[4])
redis.call('SET', KEYS[2], mine, 'EX', ARGV[2])
return 1
