"""Pacing: every call waits for its turn, so that the vendor's call rates are never exceeded."""

from .base import Pacer, interactive, is_interactive

__all__ = ["Pacer", "interactive", "is_interactive"]
