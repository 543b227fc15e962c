"""Mutes of an account everywhere: one-to-one and in all groups."""
