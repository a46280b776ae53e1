"""The REST API: a router per resource, one way to sign in, one shape of error.

A handler is as short as a page: it looks the row up among what the actor may see, calls the service that the page
calls too, and shapes the answer.
"""
