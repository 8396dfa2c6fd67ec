-- KEYS inbox. ARGV group, consumer, entry. Starts the lease anew, unless somebody else has taken the call over.
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1, ARGV[2])[1]
if not pending then return 0 end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'JUSTID') -- JUSTID: does not count as an attempt
return 1
