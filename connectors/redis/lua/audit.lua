-- KEYS log. ARGV seq of the first, token, then entry and digest of each. Only what follows the head is added: no gap,
-- no second writer.
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local head = last and tonumber(string.match(last[1], '^%d+')) or 0
local seq = tonumber(ARGV[1])
if seq == head + 1 then
  for at = 3, #ARGV, 2 do
    local id = string.format('%d-0', seq + (at - 3) / 2)
    redis.call('XADD', KEYS[1], id, 'entry', ARGV[at], 'digest', ARGV[at + 1], 'token', ARGV[2])
  end
  return 1
end
local id = ARGV[1] .. '-0'
local old = redis.call('XRANGE', KEYS[1], id, id)[1]
return old and old[2][6] == ARGV[2] and 1 or 0
