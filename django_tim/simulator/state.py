"""All that the simulated app holds: accounts, groups, and the numbers that it hands out."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, Protocol, TypeVar, cast

from .callbacks import Callbacks, Caller, Delivery, Leave, Question
from .clock import Clock
from .group_types import TYPES, Plan
from .rates import Rates
from .records import Account, Group
from .refusals import Refusal

# A deleted account's UserID stays barred for about three months.
BARRED_SECONDS: Final = 90 * 86_400
# The documented sample's mark, which no 32-bit integer holds, after a page of two groups.
_NEXT_BASE: Final = 4_454_685_359
_ID_MARKS: Final = {"Private": "1", "Public": "2", "ChatRoom": "3", "AVChatRoom": "a"}
_ID_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_ID_BITS: Final = 40
_ID_FACTOR: Final = 0x9E37_79B9_7F


class Part:
    """What one area of the service keeps. It is told of what is gone."""

    def __init__(self, state: State) -> None:
        self.state = state

    def forget_account(self, user_id: str) -> None:
        """The account was deleted."""

    def forget_group(self, group_id: str) -> None:
        """The group was dissolved."""


P = TypeVar("P", bound=Part)


class SeededGroups(Protocol):
    """Knows in which seeded groups an account was from the start."""

    def groups_of(self, user_id: str) -> Iterable[Group]: ...


class State:
    """The app's data. Whoever reads or changes it while calls come in holds the simulator's lock.

    ``groups`` and ``accounts`` may be read freely; groups are added by ``add_group`` and
    removed by ``remove_group``, which keep the order for the paging.
    """

    def __init__(
        self, sdk_app_id: int, admins: Iterable[str], clock: Clock, plan: Plan, rates: Rates
    ) -> None:
        self.sdk_app_id = sdk_app_id
        self.admins = frozenset(admins)
        self.clock = clock
        self.plan = plan
        self.rates = rates
        self.callbacks = Callbacks(sdk_app_id, clock)
        self.caller = Caller()
        self.answers: deque[Delivery] = deque()
        self.sensitive_words: set[str] = set()
        self.clear()

    def clear(self) -> None:
        """Forget everything but the administrators' accounts."""
        self.blocked_words: set[str] = set()
        self.accounts: dict[str, Account] = {}
        self.deleted_at: dict[str, int] = {}
        self.groups: dict[str, Group] = {}
        self.group_counts: Counter[str] = Counter()
        self.seeds: list[SeededGroups] = []
        self._parts: dict[type[Part], Any] = {}
        self._accounts_made = 0
        # By number, with gaps where a group was dissolved: a page begins at its mark.
        self._group_order: list[Group | None] = [None]
        self._joined: dict[str, set[str]] = {}
        self._ids_given = 0
        for admin in sorted(self.admins):
            self.add_account(admin)

    def part(self, kind: type[P]) -> P:
        """What an area keeps beside accounts, groups and members; made when first asked for."""
        if kind not in self._parts:
            self._parts[kind] = kind(self)
        return cast(P, self._parts[kind])

    # callbacks

    def tell(self, command: str, body: Mapping[str, Any]) -> None:
        """Tell the app's backend what has happened, after everything has changed."""
        if self.callbacks.wants(command):
            self.callbacks.tell(self.callbacks.new(command, body, self.caller))

    def ask(self, command: str, body: Mapping[str, Any]) -> Leave:
        """Ask the app's backend for leave, before anything changes.

        Raises Refusal where it forbids. Raises Question, which handlers let pass: they are
        begun anew, and the same ``ask`` then has its answer.
        """
        if not self.callbacks.wants(command):
            return Leave()
        if not self.answers:
            raise Question(self.callbacks.new(command, body, self.caller))
        return self.callbacks.leave(self.answers.popleft())

    def tell_state(self, user_id: str, action: str, reason: str) -> None:
        """Tell that a device came online or went."""
        info = {"Action": action, "To_Account": user_id, "Reason": reason}
        self.tell("State.StateChange", {"Info": info})

    def tell_joined(self, group: Group, user_ids: Iterable[str], how: str) -> None:
        """Tell who has joined a group: by "Apply", or "Invited"."""
        self._tell_members(
            "Group.CallbackAfterNewMemberJoin", group, "NewMember", "Join", how, user_ids
        )
        most = self.max_members(group)
        if most and group.member_count >= most:
            self.tell("Group.CallbackAfterGroupFull", {"GroupId": group.group_id})

    def tell_left(self, group: Group, user_ids: Iterable[str], how: str) -> None:
        """Tell who has left a group: "Quit", or "Kicked"."""
        self._tell_members(
            "Group.CallbackAfterMemberExit", group, "ExitMember", "Exit", how, user_ids
        )

    def _tell_members(
        self, command: str, group: Group, members: str, kind: str, how: str, ids: Iterable[str]
    ) -> None:
        listed = [{"Member_Account": user_id} for user_id in ids]
        if listed:
            about = {"GroupId": group.group_id, "Type": group.type, f"{kind}Type": how}
            about |= {"Operator_Account": self.caller.user_id}
            self.tell(command, {**about, f"{members}List": listed})

    # accounts

    def add_account(
        self, user_id: str, nick: str | None = None, face_url: str | None = None
    ) -> Account:
        """Import an account, or give an existing one a new nickname and avatar."""
        account = self.accounts.get(user_id)
        if account is None:
            self._refuse_barred(user_id)
            if self.plan.accounts is not None and len(self.accounts) >= self.plan.accounts:
                raise Refusal(70398, "the plan's number of accounts is used up")
            account = Account(user_id, self.clock.seconds(), self.next_account_number())
            self.accounts[user_id] = account
        if nick is not None:
            account.tags["Tag_Profile_IM_Nick"] = nick
        if face_url is not None:
            account.tags["Tag_Profile_IM_Image"] = face_url
        return account

    def next_account_number(self) -> int:
        self._accounts_made += 1
        return self._accounts_made

    def remove_account(self, user_id: str) -> None:
        """Delete an account, with its places in groups; its UserID is barred for a while.

        The groups that it owned are left without an owner, until one is named (page 34966): the
        vendor documents no refusal, and no code for one.
        """
        for group in list(self.groups_of(user_id)):
            self.leave(group, user_id)
            if group.owner == user_id:
                group.owner = ""
        del self.accounts[user_id]
        self.deleted_at[user_id] = self.clock.seconds()
        for part in self._parts.values():
            part.forget_account(user_id)

    def account(self, user_id: str, code: int = 10019) -> Account:
        """An account, or the Refusal of one that was never imported."""
        account = self.accounts.get(user_id)
        if account is None:
            raise Refusal(code, f"account {user_id} does not exist")
        return account

    def _refuse_barred(self, user_id: str) -> None:
        deleted = self.deleted_at.get(user_id)
        if deleted is None:
            return
        if self.clock.time() < deleted + BARRED_SECONDS:
            raise Refusal(70399, "the account was deleted less than three months ago")
        del self.deleted_at[user_id]

    # groups

    def add_group(self, group: Group) -> Group:
        """Take a new group in; its GroupId is unused."""
        group.number = len(self._group_order)
        self._group_order.append(group)
        self.groups[group.group_id] = group
        self.group_counts[group.type] += 1
        return group

    def remove_group(self, group_id: str) -> None:
        """Dissolve a group."""
        group = self.groups.pop(group_id)
        self._group_order[group.number] = None
        self.group_counts[group.type] -= 1
        for part in self._parts.values():
            part.forget_group(group_id)

    def group(self, group_id: str) -> Group:
        """A group, or the Refusal of one that does not exist (any more)."""
        group = self.groups.get(group_id)
        if group is not None:
            return group
        if not 0 < len(group_id) <= 48 or not group_id.isascii() or not group_id.isprintable():
            raise Refusal(10015, "the group ID is invalid")
        raise Refusal(10010, "the group does not exist or was dissolved")

    def group_page(
        self, mark: int, limit: int, group_type: str | None = None
    ) -> tuple[list[Group], int]:
        """Up to ``limit`` groups behind a mark, and the mark of the next page (0: no more).

        A mark is a place in the order of creation: groups that come or go do not shift it.
        """
        start = mark - _NEXT_BASE + 1 if mark else 1
        if start < 1:
            return [], 0
        found = (
            group
            for group in islice(self._group_order, start, None)
            if group is not None and (group_type is None or group.type == group_type)
        )
        page = list(islice(found, limit))
        more = next(found, None) is not None
        return page, _NEXT_BASE + page[-1].number if page and more else 0

    def all_groups(self) -> Iterator[Group]:
        """The groups in the order of creation."""
        return (group for group in self._group_order if group is not None)

    def new_group_id(self, group_type: str) -> str:
        """An unused GroupId as the service gives them, like @TGS#1YTTZEAEG."""
        while True:
            self._ids_given += 1
            text = _scrambled(self._ids_given)
            if group_type == "Community":
                group_id = f"@TGS#_@TGS#c{text}"
            else:
                group_id = f"@TGS#{_ID_MARKS[group_type]}{text}"
            if group_id not in self.groups:
                return group_id

    # membership

    def join(self, group: Group, user_id: str, role: str = "Member", at: int | None = None) -> None:
        """Make an account a member of a group."""
        group.join(user_id, self.clock.seconds() if at is None else at, role)
        self._joined.setdefault(user_id, set()).add(group.group_id)

    def leave(self, group: Group, user_id: str) -> None:
        """Take an account out of a group."""
        group.leave(user_id)
        self._joined.get(user_id, set()).discard(group.group_id)

    def groups_of(self, user_id: str) -> list[Group]:
        """The groups in which an account is a member, in the order of creation."""
        candidates = {
            group_id: self.groups.get(group_id) for group_id in self._joined.get(user_id, ())
        }
        for seed in self.seeds:
            candidates.update((group.group_id, group) for group in seed.groups_of(user_id))
        groups = [
            group
            for group_id, group in candidates.items()
            if group is not None
            and self.groups.get(group_id) is group
            and group.member(user_id) is not None
        ]
        return sorted(groups, key=lambda group: group.number)

    def refuse_sensitive(self, *texts: str | None) -> None:
        """The content check: words that a test chooses, and those of the keyword libraries."""
        for word in self.sensitive_words | self.blocked_words:
            if any(text and word in text for text in texts):
                raise Refusal(80001, "the text contains a sensitive word")

    def max_members(self, group: Group) -> int:
        """Members that the group may have; 0 is no limit."""
        return group.max_members if TYPES[group.type].max_members else 0


def _scrambled(number: int) -> str:
    bits = number * _ID_FACTOR % (1 << _ID_BITS)
    return "".join(_ID_LETTERS[bits >> shift & 31] for shift in range(35, -1, -5))
