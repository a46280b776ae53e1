"""Everything that speaks HTTP or WebSocket, and who you are.

May import every other room. Five of its modules are the ground that every room stands on and may import in turn:
`ids`, `tenancy`, `access`, `audit` and `errors` (docs/decisions/0001-the-ground.md).
"""
