"""Everything that speaks HTTP or WebSocket, and who you are.

May import every other room. What lies in which of its folders stands in docs/architecture.md. Eight of its modules are
the ground that every room stands on and may import in turn: `ids`, `tenancy`, `access`, `audit`, `errors`,
`partitions`, `storable` and `copying` (docs/decisions/0001-the-ground.md).
"""
