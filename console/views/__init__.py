"""Pages, a file per area."""
