"""Who does the work and with what: agents and their versions, models, credentials, and the run of one agent.

May import `sandboxes`.
"""
