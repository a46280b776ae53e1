"""Models and how they are called: the catalogue that references are looked up in, and the one client.

The library that speaks the providers' formats takes seconds to import, so only `wire` and what it imports know it, and
`client` imports `wire` when the first call is made.
"""
