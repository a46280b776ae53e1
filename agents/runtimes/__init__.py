"""How an agent runs. Each runtime is a file here and a line in `registry`."""
