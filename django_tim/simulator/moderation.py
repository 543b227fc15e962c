"""Content checks, and the keyword lists of cloud and local moderation."""
