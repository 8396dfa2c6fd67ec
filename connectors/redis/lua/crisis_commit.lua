-- Put after deliver. KEYS state, events, keys, rooms, due, all, then pairs of deliver. ARGV token, keep s, crisis,
-- expected version, key, event, head, state, open 1 or 0, due or '', number of rooms, rooms, then pairs of deliver.
-- {outcome, version}. The state's version alone decides; a key that holds our own token was committed by an earlier try
-- of this very call, whose reply was lost.
local held = redis.call('HGET', KEYS[3], ARGV[5])
if held then
  local version, token = string.match(held, '^(%d+):(.*)$')
  return {token == ARGV[1] and 'ok' or 'known', tonumber(version)}
end
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or 0)
if version ~= tonumber(ARGV[4]) then return {'conflict', version} end
version = version + 1
-- First what Redis itself may refuse: an id that is not above the stream's last one.
redis.call('XADD', KEYS[2], string.format('%d-0', version), 'event', ARGV[6], 'head', ARGV[7])
redis.call('HSET', KEYS[1], 'version', version, 'head', ARGV[7], 'state', ARGV[8], 'open', ARGV[9])
redis.call('HSET', KEYS[3], ARGV[5], string.format('%d:%s', version, ARGV[1]))
if redis.call('PTTL', KEYS[1]) >= 0 then
  for at = 1, 3 do redis.call('PERSIST', KEYS[at]) end
end
if version == 1 then
  local last = redis.call('ZREVRANGE', KEYS[6], 0, 0, 'WITHSCORES')[2]
  redis.call('ZADD', KEYS[6], tonumber(last or 0) + 1, ARGV[3])
end
if ARGV[10] == '' then redis.call('ZREM', KEYS[5], ARGV[3]) else redis.call('ZADD', KEYS[5], ARGV[10], ARGV[3]) end
local rooms = tonumber(ARGV[11])
for at = 12, 11 + rooms do redis.call('HSET', KEYS[4], ARGV[at], ARGV[3]) end
deliver(7, 12 + rooms, ARGV[1], ARGV[2])
return {'ok', version}
