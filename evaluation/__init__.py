"""Is the work any good: seeding tasks, judging and scoring runs, comparing them.

May import `orchestration`, `agents` and `sandboxes`.
"""
