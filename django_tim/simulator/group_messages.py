"""Group messages: send, import, read, recall, change, receipts."""
