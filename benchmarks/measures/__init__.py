"""The measurements, in the order of the table. Another one is a file and a line here."""

MEASURES = (
    "benchmarks.measures.effect_steps",
    "benchmarks.measures.pure_steps",
    "benchmarks.measures.long_runs",
    "benchmarks.measures.throughput",
    "benchmarks.measures.graphs",
    "benchmarks.measures.idle_start",
    "benchmarks.measures.idle_load",
    "benchmarks.measures.sandboxes",
    "benchmarks.measures.warm_sandboxes",
    "benchmarks.measures.many_sandboxes",
    "benchmarks.measures.scripts",
    "benchmarks.measures.environments",
    "benchmarks.measures.archives",
    "benchmarks.measures.git_clones",
    "benchmarks.measures.images",
    "benchmarks.measures.first_run",
    "benchmarks.measures.seeding",
    "benchmarks.measures.fan_out",
)
