"""The languages pipelines are written in. Each module turns foreign JSON into a `Graph`, or says what is wrong."""
