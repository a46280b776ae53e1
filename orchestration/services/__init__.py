"""What can be done with pipelines and runs. Each function checks the permission, writes, and records the change."""
