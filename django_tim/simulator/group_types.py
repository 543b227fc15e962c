"""What the types of groups allow, and the quotas of a plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class TypeRules:
    """What groups of one type can do."""

    max_members: int
    apply_join: str
    lists_members: bool = True
    has_admins: bool = True
    can_mute: bool = True
    counts_unread: bool = True
    history_before_join: str = "Off"


TYPES: Final = {
    "Private": TypeRules(6_000, "DisableApply", has_admins=False, can_mute=False),
    "Public": TypeRules(6_000, "NeedPermission"),
    "ChatRoom": TypeRules(6_000, "FreeAccess", counts_unread=False, history_before_join="On"),
    "AVChatRoom": TypeRules(
        0, "FreeAccess", lists_members=False, has_admins=False, counts_unread=False
    ),
    "Community": TypeRules(100_000, "FreeAccess"),
}
# The SDKs and the console have newer names for two of them.
NEW_NAMES: Final = {"Work": "Private", "Meeting": "ChatRoom"}


@dataclass(frozen=True, slots=True)
class Plan:
    """The quotas of the app's plan; None is no limit. The default is the largest one."""

    accounts: int | None = None
    groups: int | None = None
    live_groups: int | None = None
    groups_of_a_user: int | None = None
    members: dict[str, int] = field(default_factory=dict)

    def max_members(self, group_type: str) -> int:
        """Members that a group of this type may have."""
        return self.members.get(group_type, TYPES[group_type].max_members)
