"""Key-value extensions of messages, one-to-one and in groups."""
