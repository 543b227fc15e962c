"""Blacklists: add, delete, list, check."""
