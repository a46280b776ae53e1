"""Sandboxes of a container engine: a container for each, with what runs in it started by `exec`."""
