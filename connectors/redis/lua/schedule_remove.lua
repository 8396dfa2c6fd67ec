-- KEYS definitions, versions, slots, mark of this removal. ARGV id, expected version, life of the mark in s.
if redis.call('EXISTS', KEYS[4]) == 1 then return 1 end -- an earlier try, whose reply was lost
local held = redis.call('HGET', KEYS[2], ARGV[1])
if not held or string.match(held, '^%d+') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('SET', KEYS[4], '1', 'EX', ARGV[3])
return 1
