"""What may be called: HTTP tools that an organization describes, and the proxy through which an agent calls."""
