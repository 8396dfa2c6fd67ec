-- KEYS rooms, due, all, then states. ARGV crises, one a state. Forgets where crises stood whose time was up.
local gone = {}
for at, crisis in ipairs(ARGV) do
  if redis.call('EXISTS', KEYS[3 + at]) == 0 then
    gone[crisis] = true
    redis.call('ZREM', KEYS[2], crisis)
    redis.call('ZREM', KEYS[3], crisis)
  end
end
local rooms = redis.call('HGETALL', KEYS[1])
for at = 1, #rooms, 2 do
  if gone[rooms[at + 1]] then redis.call('HDEL', KEYS[1], rooms[at]) end
end
return 1
