#: A task that asks for it kills whoever carries it out, each time.
POISON = "Kill whoever works at this."
