-- KEYS state, events, keys. ARGV ms. A closed crisis goes as a whole: three keys, one instant. 0 while it is open.
if redis.call('HGET', KEYS[1], 'open') ~= '0' then return 0 end
for at = 1, 3 do redis.call('PEXPIRE', KEYS[at], ARGV[1]) end
return 1
