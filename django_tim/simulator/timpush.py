"""The push plug-in: notifications by condition, tags and attributes."""
