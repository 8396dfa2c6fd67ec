-- KEYS log. ARGV seq, entry, digest, token. Only the number after the head is added: no gap, no second writer.
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local head = last and tonumber(string.match(last[1], '^%d+')) or 0
local seq, id = tonumber(ARGV[1]), ARGV[1] .. '-0'
if seq == head + 1 then
  redis.call('XADD', KEYS[1], id, 'entry', ARGV[2], 'digest', ARGV[3], 'token', ARGV[4])
  return 1
end
local old = redis.call('XRANGE', KEYS[1], id, id)[1]
return old and old[2][6] == ARGV[4] and 1 or 0
