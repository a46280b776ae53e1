"""ZIP archives with agents' code: how they come in, are looked through, are unpacked for a run, and go."""
