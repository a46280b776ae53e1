"""How facts look to a person: statuses, numbers, times, terminal text, JSON, differences, pictures.

Pure functions and frozen dataclasses; the template tags hand their results to templates. May import nothing of the
rooms: a page translates what it knows into the few words and numbers these take.
"""
