"""A data set of any size, the same one for the same seed: people, groups, who is where.

Members and profiles are computed when they are asked for: a million groups fit in memory.
"""

from __future__ import annotations

import random
from typing import Any, Final

from .group_types import TYPES
from .records import Account, Group, Member
from .seed_messages import plant_messages
from .state import State

_DAY: Final = 86_400
_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN: Final = [
    "伟",
    "芳",
    "娜",
    "秀英",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "洋",
    "艳",
    "勇",
    "军",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀兰",
    "霞",
    "平",
    "刚",
    "桂英",
]
_FIRST: Final = [
    "Alice",
    "Ben",
    "Chloe",
    "Daniel",
    "Emma",
    "Felix",
    "Grace",
    "Henry",
    "Iris",
    "Jack",
    "Kate",
    "Leo",
    "Mia",
    "Noah",
]
_LAST: Final = [
    "Smith",
    "Miller",
    "Garcia",
    "Chen",
    "Tanaka",
    "Kim",
    "Novak",
    "Rossi",
    "Dubois",
    "Silva",
    "Okafor",
    "Berg",
]
_EMOJI: Final = ("", "", "", "", "🎉", "🚀", "🌸", "𠮷")
_TOPICS: Final = [
    "项目",
    "周末徒步",
    "读书会",
    "产品反馈",
    "客服",
    "新手村",
    "摄影",
    "篮球",
    "家长",
    "Python",
    "Music",
    "Gaming",
]
_KINDS: Final = ("讨论组", "交流群", "聊天室", "Club", "Team", "Lounge", "直播间", "社区")
_PLACES: Final = ("北京", "上海", "深圳", "成都", "杭州", "Berlin", "Tokyo", "Singapore")
_MIX: Final[tuple[tuple[str, int], ...]] = (
    ("Public", 40),
    ("Private", 30),
    ("ChatRoom", 15),
    ("AVChatRoom", 8),
    ("Community", 7),
)
_GENDERS: Final = ("Gender_Type_Unknown", "Gender_Type_Female", "Gender_Type_Male")
_ALLOW: Final = ("AllowType_Type_AllowAny", "AllowType_Type_NeedConfirm", "AllowType_Type_DenyAny")


class Seed:
    """``groups`` groups and ``accounts`` accounts; members are accounts of this seed."""

    def __init__(self, state: State, *, groups: int, accounts: int, seed: int) -> None:
        self._state = state
        self._groups = groups
        self._accounts = accounts
        self._seed = seed
        self._prefix = f"user{seed}_" if seed != 1 else "user"
        self._now = state.clock.seconds()
        self._planted: list[Group] = []

    def plant(self, messages: int = 0) -> None:
        """Put the data set into the state, with so many talks in groups and one to one."""
        for number in range(self._accounts):
            user_id = self.user_id(number)
            place = self._state.next_account_number()
            self._state.accounts[user_id] = Account(user_id, self._now, place, self)
        types = random.Random(f"{self._seed} types")  # noqa: S311  (repeatable on purpose)
        names, weights = [name for name, _ in _MIX], [weight for _, weight in _MIX]
        for number, group_type in enumerate(types.choices(names, weights, k=self._groups)):
            self._planted.append(self._plant_group(number, group_type))
        if self._planted and self._accounts:
            self._state.seeds.append(self)
        if messages:
            people = [self.user_id(number) for number in range(min(messages + 1, self._accounts))]
            plant_messages(self._state, self._planted[:messages], people, self._seed)

    def user_id(self, number: int) -> str:
        """The UserID of the account with this number."""
        return f"{self._prefix}{number:06d}"

    # AccountSource

    def tags(self, account: Account) -> dict[str, str | int]:
        draw = self._draw("account", account.user_id)
        return {
            "Tag_Profile_IM_Nick": _person(draw),
            "Tag_Profile_IM_Image": f"https://avatars.example.com/{account.user_id}.png",
            "Tag_Profile_IM_Gender": draw.choice(_GENDERS),
            "Tag_Profile_IM_AllowType": draw.choice(_ALLOW),
            "Tag_Profile_IM_Location": draw.choice(_PLACES),
            "Tag_Profile_IM_Level": draw.randrange(60),
            "Tag_Profile_IM_Role": draw.randrange(3),
            "Tag_Profile_IM_BirthDay": 19_600_101 + draw.randrange(45) * 10_000,
        }

    def devices(self, account: Account) -> dict[str, str]:
        draw = self._draw("devices", account.user_id)
        state = draw.choice(("Online", "PushOnline", "", ""))
        return {draw.choice(("iPhone", "Android", "Web", "Windows")): state} if state else {}

    # MemberSource

    def member(self, group: Group, place: int) -> Member:
        user_id = self.user_id((group.first_account + place) % self._accounts)
        draw = self._draw(group.group_id, user_id)
        admin = 0 < place < 3 and TYPES[group.type].has_admins
        role = "Owner" if place == 0 else "Admin" if admin else "Member"
        age = max(1, self._now - group.create_time)
        member = Member(user_id, role, group.create_time + place * age // (place + 50), place)
        member.msg_seq = draw.randrange(group.next_msg_seq)
        member.last_send_time = group.last_msg_time if draw.random() < 0.5 else 0
        member.name_card = _person(draw) if draw.random() < 0.2 else ""
        if role == "Member" and draw.random() < 0.01 and TYPES[group.type].can_mute:
            member.mute_until = self._now + 7 * _DAY
        return member

    def place(self, group: Group, user_id: str) -> int | None:
        number = self._number(user_id)
        if number is None:
            return None
        place = (number - group.first_account) % self._accounts
        return place if place < group.member_count else None

    # SeededGroups

    def groups_of(self, user_id: str) -> list[Group]:
        if self._number(user_id) is None:
            return []
        return [group for group in self._planted if group.member(user_id) is not None]

    def _number(self, user_id: str) -> int | None:
        digits = user_id.removeprefix(self._prefix)
        if not digits.isdecimal() or not digits.isascii() or int(digits) >= self._accounts:
            return None
        return int(digits) if self.user_id(int(digits)) == user_id else None

    def _plant_group(self, number: int, group_type: str) -> Group:
        draw = self._draw("group", str(number))
        created = self._now - draw.randrange(30, 900) * _DAY
        group_id = self._state.new_group_id(group_type)
        name = f"{draw.choice(_TOPICS)}{draw.choice(_KINDS)} {number + 1}{draw.choice(_EMOJI)}"
        group = Group(group_id, group_type, name, created)
        rules = TYPES[group_type]
        group.apply_join, group.history_before_join = rules.apply_join, rules.history_before_join
        group.max_members = self._state.plan.max_members(group_type)
        group.introduction = f"{draw.choice(_PLACES)} · {draw.choice(_TOPICS)}"
        group.last_info_time = created + draw.randrange(30 * _DAY)
        group.last_msg_time = self._now - draw.randrange(60 * _DAY)
        group.next_msg_seq = 1 + draw.randrange(5_000)
        group.face_url = f"https://avatars.example.com/groups/{number}.png"
        group.mute_all = "On" if draw.random() < 0.03 else "Off"
        self._people(group, draw)
        return self._state.add_group(group)

    def _people(self, group: Group, draw: random.Random) -> None:
        if not self._accounts:
            return
        first = draw.randrange(self._accounts)
        group.owner = self.user_id(first)
        if not TYPES[group.type].lists_members:
            group.audience = draw.randrange(2_000)
            return
        size = 2 + int(draw.paretovariate(1.2) * 4)
        most = 250 if group.type == "Community" else 180
        group.seed_members(self, min(size, most, self._accounts), first)

    def _draw(self, *what: Any) -> random.Random:
        return random.Random(f"{self._seed} {' '.join(what)}")  # noqa: S311  (repeatable)


def _person(draw: random.Random) -> str:
    if draw.random() < 0.6:
        return f"{draw.choice(_SURNAMES)}{draw.choice(_GIVEN)}{draw.choice(_EMOJI)}"
    return f"{draw.choice(_FIRST)} {draw.choice(_LAST)}{draw.choice(_EMOJI)}"
