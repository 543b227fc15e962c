"""Group attributes: a group's shared key-value store."""
