"""Robots: accounts that answer by callback."""
