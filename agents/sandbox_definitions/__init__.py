"""Sandbox definitions: what an organization's sandboxes are like, under a name that agents choose."""
