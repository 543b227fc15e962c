"""What the benchmarks share: a stub of the service, databases, and how figures are printed."""
