"""What can be done with datasets, tasks and verdicts."""
