-- KEYS inbox. ARGV group, consumer, count, lease ms. Calls as {entry, id, payload, attempt}: first those whose
-- lease ran out, else steady new work would starve them, then new ones. Never blocks.
local inbox, group, consumer, want = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
redis.pcall('XGROUP', 'CREATE', inbox, group, '0', 'MKSTREAM') -- answers BUSYGROUP when it is there
local out, cursor = {}, '0-0'
repeat
  local page = redis.call('XAUTOCLAIM', inbox, group, consumer, ARGV[4], cursor, 'COUNT', want - #out)
  cursor = page[1]
  for _, found in ipairs(page[2]) do
    if found then -- 6.2 answers nil for a deleted entry
      local pending = redis.call('XPENDING', inbox, group, found[1], found[1], 1)[1]
      out[#out + 1] = {found[1], found[2][2], found[2][4], pending[4]}
    end
  end
until cursor == '0-0' or #out >= want
if #out < want then
  local fresh = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', want - #out, 'STREAMS', inbox, '>')
  if fresh then
    for _, found in ipairs(fresh[1][2]) do
      out[#out + 1] = {found[1], found[2][2], found[2][4], 1}
    end
  end
end
return out
