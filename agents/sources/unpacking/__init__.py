"""Unpacks ZIP archives that nobody vouches for: the directory is judged whole before the first byte is written.

Pure but for `extraction`, `child` and `apart`, which read and write files. Knows no framework.
"""
