"""The embedded mode: a real PostgreSQL and a real Redis of one's own, for a laptop or a first look.

Production points at servers instead; nothing outside this package and the `up` command knows the difference.
"""
