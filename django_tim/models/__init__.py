"""Local rows: the mirror of what exists remotely, and the record of what was done."""

from .accounts import Account
from .audit import AuditEntry
from .calls import CallCount
from .group_members import GroupMember
from .groups import Group
from .live import LiveSample
from .lookups import Among
from .messages import Message
from .pacing import PacingClock
from .pages import ConsoleCall, OutgoingMessage, Overview, UserSig
from .restrictions import Restriction
from .runs import Chunk, Run, RunFailure, SeenID, SeenPage
from .webhooks import CallbackEvent

__all__ = [
    "Account",
    "Among",
    "AuditEntry",
    "CallCount",
    "CallbackEvent",
    "Chunk",
    "ConsoleCall",
    "Group",
    "GroupMember",
    "LiveSample",
    "Message",
    "OutgoingMessage",
    "Overview",
    "PacingClock",
    "Restriction",
    "Run",
    "RunFailure",
    "SeenID",
    "SeenPage",
    "UserSig",
]
