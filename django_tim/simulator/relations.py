"""What the simulated service keeps of friends, and how it answers for each account named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from .body import Body
from .refusals import Refusal
from .registry import OK
from .state import Part, State

MOST_FRIENDS: Final = 3_000
MOST_PENDING: Final = 100
MOST_GROUPS: Final = 32
GROUP: Final = "Tag_SNS_IM_Group"
CUSTOM: Final = "Tag_SNS_Custom_"

Fields = dict[str, Any]
Pair = tuple[str, str]
"""The owner of a list, and who stands in it."""


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody's wish to be a friend, which waits for consent."""

    fields: Fields
    both: bool


class FriendList:
    """One account's friends ({UserID: {tag: value}}), its friend groups, and who asks for it.

    The sequences grow with each change of the standard fields, the custom ones, the groups.
    """

    def __init__(self) -> None:
        self.friends: dict[str, Fields] = {}
        self.groups: list[str] = []
        self.pending: dict[str, Request] = {}
        self.standard_sequence = 0
        self.custom_sequence = 0
        self.group_sequence = 0

    def add(self, user_id: str, fields: Fields) -> None:
        """Make an account a friend with these fields, or give a friend these fields."""
        self.add_groups(fields.get(GROUP, ()))
        self.friends.setdefault(user_id, {}).update(fields)
        self._count(fields)

    def remove(self, user_id: str) -> bool:
        """Make an account no friend; whether it was one."""
        fields = self.friends.pop(user_id, None)
        if fields is None:
            return False
        self.standard_sequence += 1
        self._count(fields)
        return True

    def ask(self, user_id: str, request: Request) -> None:
        """Note who wants to be a friend; of too many, the oldest fall out."""
        self.pending.pop(user_id, None)
        self.pending[user_id] = request
        for oldest in list(self.pending)[:-MOST_PENDING]:
            del self.pending[oldest]

    def add_groups(self, names: Iterable[str]) -> None:
        """Make friend groups; those that are there stay."""
        new = [name for name in dict.fromkeys(names) if name not in self.groups]
        if len(self.groups) + len(new) > MOST_GROUPS:
            raise Refusal(30011, f"an account has at most {MOST_GROUPS} friend groups")
        self.groups += new
        self.group_sequence += bool(new)

    def remove_groups(self, names: Iterable[str]) -> None:
        """Delete friend groups; the friends in them stay friends."""
        gone = set(names) & set(self.groups)
        self.groups = [name for name in self.groups if name not in gone]
        self.group_sequence += bool(gone)
        for fields in self.friends.values():
            if gone & set(fields.get(GROUP, ())):
                fields[GROUP] = [name for name in fields[GROUP] if name not in gone]
                self.standard_sequence += 1

    def members(self, group: str) -> list[str]:
        """The friends in a group."""
        return [user for user, fields in self.friends.items() if group in fields.get(GROUP, ())]

    def _count(self, changed: Fields) -> None:
        self.custom_sequence += any(tag.startswith(CUSTOM) for tag in changed)
        self.standard_sequence += any(not tag.startswith(CUSTOM) for tag in changed)
        self.group_sequence += GROUP in changed


class Friends(Part):
    """Everybody's friends."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._lists: dict[str, FriendList] = {}

    def of(self, user_id: str) -> FriendList:
        """One account's friends."""
        return self._lists.setdefault(user_id, FriendList())

    def are(self, owner: str, other: str) -> bool:
        """Whether ``other`` is in the list of ``owner``."""
        return owner in self._lists and other in self._lists[owner].friends

    def befriend(self, owner: str, other: str, request: Request) -> list[Pair]:
        """Carry out the request of ``owner``, to which nobody has to consent any more.

        Returns who is new in whose list.
        """
        self.refuse_full(owner, other, both=request.both)
        wanted = [(owner, other), (other, owner)] if request.both else [(owner, other)]
        new = [(mine, theirs) for mine, theirs in wanted if not self.are(mine, theirs)]
        self.of(owner).add(other, request.fields)
        if request.both:
            source = request.fields["Tag_SNS_IM_AddSource"]
            now = self.state.clock.seconds()
            self.of(other).add(owner, {"Tag_SNS_IM_AddSource": source, "Tag_SNS_IM_AddTime": now})
        self.of(other).pending.pop(owner, None)
        self.of(owner).pending.pop(other, None)
        return new

    def accept(self, user_id: str, requester: str) -> list[Pair]:
        """Consent to a request; returns who is new in whose list."""
        request = self.of(user_id).pending.get(requester)
        if request is None:
            raise Refusal(30614, f"{requester} does not ask to be a friend")
        return self.befriend(requester, user_id, request)

    def reject(self, user_id: str, requester: str) -> None:
        """Turn a request down."""
        if self.of(user_id).pending.pop(requester, None) is None:
            raise Refusal(30614, f"{requester} does not ask to be a friend")

    def refuse_full(self, owner: str, other: str, *, both: bool) -> None:
        """Refuse a new friend where one side's list is full."""
        if not self.are(owner, other) and len(self.of(owner).friends) >= MOST_FRIENDS:
            raise Refusal(30010, "Err_SNS_FriendAdd_My_Friend_Num_Exceed_Threshold")
        if both and not self.are(other, owner) and len(self.of(other).friends) >= MOST_FRIENDS:
            raise Refusal(30014, "Err_SNS_FriendAdd_Peer_Friend_Num_Exceed_Threshold")

    def part_ways(self, owner: str, other: str, *, both: bool = True) -> list[Pair]:
        """Delete a friend, on both sides or on one; returns who left whose list."""
        sides = [(owner, other), (other, owner)] if both else [(owner, other)]
        return [(mine, theirs) for mine, theirs in sides if self.of(mine).remove(theirs)]

    def forget_account(self, user_id: str) -> None:
        self._lists.pop(user_id, None)
        for one in self._lists.values():
            one.remove(user_id)
            one.pending.pop(user_id, None)


def owner_of(state: State, body: Body) -> str:
    """The account whose relations are read or changed."""
    return state.account(body.user_id("From_Account"), 30003).user_id


def others_of(body: Body, most: int) -> list[str]:
    """The accounts named in a batch of at most ``most``."""
    body.items("To_Account", most=most)
    return body.user_ids("To_Account")


def rows_of(users: Iterable[str], carry_out: Callable[[str], Fields | None]) -> list[Any]:
    """A row for each account: 0 and what ``carry_out`` returns, or the code that it refuses."""
    rows: list[Any] = []
    for user_id in users:
        row: Fields = {"To_Account": user_id, "ResultCode": 0, "ResultInfo": ""}
        try:
            row |= carry_out(user_id) or {}
        except Refusal as refusal:
            row |= {"ResultCode": refusal.code, "ResultInfo": refusal.info}
        rows.append(row)
    return rows


def answered(rows: list[Any], field: str = "ResultItem", **more: Any) -> Any:
    """The answer of ``sns`` with these rows; the failed accounts stand in it once more."""
    failed = [row["To_Account"] for row in rows if row["ResultCode"]]
    more |= {"Fail_Account": failed} if failed else {}
    return {**OK, field: rows, **more, "ErrorDisplay": ""}


def succeeded(rows: list[Any]) -> list[str]:
    """The accounts whose rows hold no code."""
    return [row["To_Account"] for row in rows if not row["ResultCode"]]


def tell_pairs(state: State, command: str, pairs: Iterable[Pair]) -> None:
    """Tell the app's backend whose lists have changed, and by whom."""
    listed = [{"From_Account": owner, "To_Account": other} for owner, other in pairs]
    if listed:
        state.tell(command, {"PairList": listed})


def tell_added(
    state: State, pairs: Iterable[Pair], initiator: str, command: str, *, forced: bool = False
) -> None:
    """Tell the app's backend who has become a friend, at whose request, by which command."""
    listed = [
        {"From_Account": owner, "To_Account": other, "Initiator_Account": initiator}
        for owner, other in pairs
    ]
    if listed:
        admin = "" if state.caller.is_user else state.caller.user_id
        about = {"ClientCmd": command, "Admin_Account": admin, "ForceFlag": int(forced)}
        state.tell("Sns.CallbackFriendAdd", {"PairList": listed, **about})
