"""Isolated places where code runs, and what was seen running there.

`base` is the contract, `backends` hold it, `registry` chooses one; `harness` is what runs inside, `trajectories` what
was seen. Imports no other room but the ground, and the standard library alone in `paths` and `harness`.
"""
