-- KEYS lease, outbox, attempts. ARGV owner, entry. 0 when the lease was lost or the entry was delivered meanwhile.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if #redis.call('XRANGE', KEYS[2], ARGV[2], ARGV[2]) == 0 then return 0 end
return redis.call('HINCRBY', KEYS[3], ARGV[2], 1)
