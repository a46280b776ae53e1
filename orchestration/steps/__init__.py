"""The kinds of step, a file each, and the registry that names them."""
