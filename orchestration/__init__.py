"""Pipelines: what they are, what runs next, and running it durably.

May import `agents` and `sandboxes`. The modules `graph`, `validation`, `states`, `scheduler`, `fold`, `retry` and
`expressions` are pure: no Django, no clock, no I/O.
"""
