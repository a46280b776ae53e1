"""Images of agents' own: a Dockerfile body, built once for an organization, and what runs take of it."""
