"""Group counters: numbers that many clients add to."""
