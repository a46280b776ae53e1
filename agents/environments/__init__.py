"""What an agent needs of its sandbox beside its code: system packages, a setup command, Python and its packages."""
