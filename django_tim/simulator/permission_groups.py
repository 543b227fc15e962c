"""Permission groups of a community, their members and topics."""
