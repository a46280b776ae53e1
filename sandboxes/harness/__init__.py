"""What runs inside a sandbox: standard library alone, Python 3.9 to 3.13.

`python_agent` starts the agent's process and watches it, `agent_process` is that process, `relay` makes the run's
proxy an ordinary URL. May import `sandboxes.paths` and itself.
"""
