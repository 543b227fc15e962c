"""Friends: add, import, change, delete, check, list."""
