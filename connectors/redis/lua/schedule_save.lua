-- KEYS definitions, versions, slots. ARGV id, expected version, token, definition, next slot or ''.
-- 1: written, now or by an earlier try of this very edit.
local held = redis.call('HGET', KEYS[2], ARGV[1]) or '0:'
local version, token = string.match(held, '^(%d+):(.*)$')
if token == ARGV[3] then return 1 end
if version ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], string.format('%d:%s', tonumber(version) + 1, ARGV[3]))
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
if ARGV[5] == '' then redis.call('ZREM', KEYS[3], ARGV[1]) else redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1]) end
return 1
