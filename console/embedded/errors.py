"""What can keep a whole instance from starting."""


class CannotStart(RuntimeError):
    """Something on this machine stands in the way; the sentence says what, and how to get it out of it."""
