from agents.sources.unpacking.limits import MIB, Limits

LIMITS = Limits()
MOST_MEGABYTES = LIMITS.packed // MIB
MOST_UNPACKED_MEGABYTES = LIMITS.unpacked // MIB
LONGEST_NAME = 255
