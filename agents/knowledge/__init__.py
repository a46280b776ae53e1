"""What agents can look up and remember: documents read into chunks that are searched, and memories with a history.

Changes go through `agents.services.knowledge` and `agents.services.memories`, the question through `search`.
"""
