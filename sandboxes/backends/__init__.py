"""The ways to isolate: one package or file each, and a line in `sandboxes.registry`."""
