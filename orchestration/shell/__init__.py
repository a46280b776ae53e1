"""Shell scripts that values are put into as data. Pure: it reads and rewrites texts, and runs nothing."""
