"""The languages pipelines are written in. Each module turns foreign JSON into a `Graph` and names what is wrong with it."""
