"""How much may be kept and asked."""

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 5_000

MOST_DOCUMENTS = 10_000
#: A document up to this size is read in the request that brings it, a larger one by a worker.
READ_AT_ONCE_BYTES = 256_000

LONGEST_CONTENT = 20_000
LONGEST_KEY = 128
LONGEST_TAG = 64
MOST_TAGS = 20
MOST_ENTRIES = 50_000

LONGEST_QUESTION = 2_000
MOST_HITS = 100
