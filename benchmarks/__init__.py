"""What the figures of the README are made with: ``python -m benchmarks``."""
