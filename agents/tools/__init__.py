"""What an agent may call while it runs, through the proxy of its run."""
