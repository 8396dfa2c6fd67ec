-- KEYS inbox, call, then pairs of deliver. ARGV token, keep s, group, entry, then pairs of deliver.
-- The entry's presence decides, not the call's mark: the mark expires, the entry does not.
local mine = 'done:' .. ARGV[1]
if #redis.call('XRANGE', KEYS[1], ARGV[4], ARGV[4]) == 0 then
  return redis.call('GET', KEYS[2]) == mine and 1 or 0
end
deliver(3, 5, ARGV[1], ARGV[2])
redis.call('SET', KEYS[2], mine, 'EX', ARGV[2])
redis.call('XACK', KEYS[1], ARGV[3], ARGV[4])
redis.call('XDEL', KEYS[1], ARGV[4])
return 1
