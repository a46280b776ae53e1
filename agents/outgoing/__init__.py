"""The one way out to hosts that users name: it judges the address it connects to, and caps what comes back.

`policy` says which hosts may be asked: models may be served from private ones, tools and webhooks may not unless the
operator trusts them. `sending` makes a request; `transport` imports the HTTP library, and is imported with the first.
"""
