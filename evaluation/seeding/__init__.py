"""From an uploaded CSV, or tasks sent as JSON, to frozen seeds.

`reader`, `axes`, `plan`, `check`, `template` and `export` are pure: they read streams and return values.
"""
