-- KEYS outbox, attempts. ARGV start of the range, count. {entry, id, payload, attempts begun}.
local out = {}
for _, found in ipairs(redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])) do
  local begun = redis.call('HGET', KEYS[2], found[1])
  out[#out + 1] = {found[1], found[2][2], found[2][4], tonumber(begun or 0)}
end
return out
