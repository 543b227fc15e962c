"""Conversations and the groups that an account sorts them into."""
