"""How fast scenegen is, stage by stage and beside others; `python -m benchmarks.throughput`."""
