"""How fast the engine is on this machine, and how fast others are at the same work: `make bench`.

Each file of `measures` measures one thing against servers and workers of its own. `peers` does the same work with other
engines, each in an environment of its own. It may import every room; nothing imports it.
"""
