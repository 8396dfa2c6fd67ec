-- KEYS value. ARGV value, ms, token. 1: put, now or by an earlier try of this call.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return redis.call('HGET', KEYS[1], 't') == ARGV[3] and 1 or 0
end
redis.call('HSET', KEYS[1], 'v', ARGV[1], 't', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
