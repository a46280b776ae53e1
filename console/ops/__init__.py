"""What whoever runs an instance looks at: health, the doctor, metrics, which processes are there, and what is away."""
