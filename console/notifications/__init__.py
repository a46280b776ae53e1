"""Telling people that something waits for them: in the console, by e-mail, and by a signed webhook.

A run that begins to wait writes the notifications and the deliveries in its own transaction (`waits`); what goes out
of the house goes afterwards (`sending`), as often as it takes.
"""
