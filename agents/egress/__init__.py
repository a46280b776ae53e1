"""The filtering way out of a sandbox whose network is an allow-list: a proxy that stands in the run's worker."""
