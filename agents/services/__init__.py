"""What can be done with agents, their runs, models and credentials."""
