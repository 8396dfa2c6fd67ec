-- KEYS states. Whether each is open, '1' or '0'; '' for one that is gone.
local out = {}
for at = 1, #KEYS do out[at] = redis.call('HGET', KEYS[at], 'open') or '' end
return out
