"""Storms: a whole instance under load whose processes are killed at random, and the proof that nothing was lost.

`storm.py` tells the story; a test and `python -m tests.chaos.soak` both tell it, at different lengths.
"""
