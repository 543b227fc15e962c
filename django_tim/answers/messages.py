"""One-to-one messages: send, import, read, recall, change."""
