"""Forms, a file per area."""
