"""What the pipeline costs, and what it survives: `python -m benchmarks.pipeline`."""
