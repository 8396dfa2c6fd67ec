-- KEYS value. ARGV claimant. The value for the first claimant, and again for that one.
local value = redis.call('HGET', KEYS[1], 'v')
if not value then return false end
redis.call('HSETNX', KEYS[1], 'c', ARGV[1])
return redis.call('HGET', KEYS[1], 'c') == ARGV[1] and value
