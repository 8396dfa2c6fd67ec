-- KEYS definitions, versions, slots, inbox, call. ARGV token, keep s, id, version, slot, next slot or '', call id or '',
-- payload. Whoever finds the slot still set claims it: the next slot and the call are one step, so that nothing can
-- die between them. 1: claimed, now or by an earlier try of this call, whose reply was lost.
local mine = 'open:' .. ARGV[1]
local known = ARGV[7] ~= '' and redis.call('GET', KEYS[5])
if known == mine then return 1 end
local slot, held = redis.call('ZSCORE', KEYS[3], ARGV[3]), redis.call('HGET', KEYS[2], ARGV[3])
if not slot or not held or tonumber(slot) ~= tonumber(ARGV[5]) or string.match(held, '^%d+') ~= ARGV[4] then return 0 end
if ARGV[6] == '' then redis.call('ZREM', KEYS[3], ARGV[3]) else redis.call('ZADD', KEYS[3], ARGV[6], ARGV[3]) end
if ARGV[7] ~= '' and not known then
  redis.call('XADD', KEYS[4], '*', 'id', ARGV[7], 'payload', ARGV[8])
  redis.call('SET', KEYS[5], mine, 'EX', ARGV[2])
end
return 1
