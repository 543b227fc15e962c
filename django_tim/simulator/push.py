"""Push to all members: messages by condition, tags and attributes."""
