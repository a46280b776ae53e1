"""The command line, `callboard`: a thin client of the REST API."""
