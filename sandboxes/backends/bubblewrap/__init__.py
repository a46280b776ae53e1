"""Sandboxes on one machine with bubblewrap: new namespaces for each command, over folders that stay."""
