"""Moving into an app: from another one, or from another chat system's export.

A migration is a run of its own, whose steps are bulk runs, one after another in the order that
the vendor's rules ask for. Each step is written down in chunks before anything of it is sent, so
whatever is killed goes on where it was, and nothing is sent twice.
"""
