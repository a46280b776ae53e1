"""The addresses of pages, by what they are about."""
