"""Isolated places where code runs, and what was seen running there.

Imports no other room.
"""
