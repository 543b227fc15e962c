"""The demo's one error."""


class Failed(Exception):
    """The demo can't go on; the text says why."""
