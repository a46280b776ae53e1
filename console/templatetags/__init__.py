"""The tags and filters that templates use; `callboard` gathers them all."""
