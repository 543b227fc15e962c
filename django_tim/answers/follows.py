"""Follows: who follows whom."""
