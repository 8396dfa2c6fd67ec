-- KEYS pairs of deliver. ARGV token, keep s, then pairs of deliver. Number added.
return deliver(1, 3, ARGV[1], ARGV[2])
