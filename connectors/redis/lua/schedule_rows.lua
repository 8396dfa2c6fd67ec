-- KEYS definitions, versions, slots. ARGV 'id' and an id; 'all'; or 'due', epoch seconds and count.
-- {id, version, definition, slot or ''} of each, what vanished meanwhile left out.
local ids = {ARGV[2]}
if ARGV[1] == 'all' then ids = redis.call('HKEYS', KEYS[1]) end
if ARGV[1] == 'due' then ids = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[2], 'LIMIT', 0, ARGV[3]) end
local out = {}
for _, id in ipairs(ids) do
  local definition, held = redis.call('HGET', KEYS[1], id), redis.call('HGET', KEYS[2], id)
  if definition and held then
    out[#out + 1] = {id, string.match(held, '^%d+'), definition, redis.call('ZSCORE', KEYS[3], id) or ''}
  end
end
return out
