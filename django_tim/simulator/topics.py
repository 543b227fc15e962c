"""Topics of a community."""
