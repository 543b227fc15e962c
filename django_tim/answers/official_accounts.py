"""Official accounts, their subscribers and messages."""
