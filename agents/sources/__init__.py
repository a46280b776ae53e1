"""Where an agent's code comes from. Each kind is a file here and a line in `registry`."""
