"""The app's numbers of a day: counted from the state, and drawn for what was seeded."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, get_args

from django_tim.answers import StatisticsField

from .chats import Chats
from .group_history import Histories
from .state import State

SECONDS: Final = 86_400
FIELDS: Final[tuple[str, ...]] = get_args(StatisticsField)


@dataclass(slots=True)
class Day:
    """A day and who sent messages then: one-to-one, and with the group in groups."""

    begins: int
    ends: int
    single: list[str] = field(default_factory=list)
    grouped: list[tuple[str, str]] = field(default_factory=list)


def statistics(state: State, days: list[datetime]) -> list[dict[str, str]]:
    """The numbers of the days that begin then, all as texts."""
    made = sorted(account.imported_at for account in state.accounts.values())
    founded = sorted(group.create_time for group in state.all_groups())
    rows = []
    for day, date in zip(_days(state, days), days, strict=True):
        numbers = _messages(state, day)
        numbers["RegistUserNumTotal"] = bisect_left(made, day.ends)
        numbers["RegistUserNumOneDay"] = bisect_left(made, day.ends) - bisect_left(made, day.begins)
        numbers["GroupAllGroupNum"] = bisect_left(founded, day.ends)
        numbers["GroupNewGroupNum"] = bisect_left(founded, day.ends) - bisect_left(
            founded, day.begins
        )
        if state.seeds:
            numbers += _seeded(state, date)
        rows.append(_row(state, date, numbers))
    return rows


def _row(state: State, date: datetime, numbers: Counter[str]) -> dict[str, str]:
    numbers["UpMsgNum"] = numbers["C2CUpMsgNum"] + numbers["GroupUpMsgNum"]
    numbers["DownMsgNum"] = numbers["C2CDownMsgNum"] + numbers["GroupDownMsgNum"]
    texts = {"AppName": "simulated", "AppId": str(state.sdk_app_id), "Company": "simulated"}
    texts["Date"] = f"{date:%Y%m%d}"
    return {name: texts.get(name, str(numbers[name])) for name in FIELDS}


def _days(state: State, dates: list[datetime]) -> list[Day]:
    """The days with their messages, which are gone through once."""
    begins = [int(date.timestamp()) for date in dates]
    days = {moment: Day(moment, moment + SECONDS) for moment in begins}
    least, most = min(begins), max(begins) + SECONDS
    for message in state.part(Chats).between(least, most):
        days[_begin(message.time, least)].single.append(message.sender)
    for group_id, _, said in state.part(Histories).between(least, most):
        days[_begin(said.time, least)].grouped.append((group_id, said.sender))
    return list(days.values())


def _begin(moment: int, first: int) -> int:
    """When its day began; no day in Beijing is longer than another."""
    return moment - (moment - first) % SECONDS


def _messages(state: State, day: Day) -> Counter[str]:
    speakers = {sender for _, sender in day.grouped}
    people = len(speakers | set(day.single))
    return Counter(
        C2CUpMsgNum=len(day.single),
        C2CDownMsgNum=len(day.single),
        C2CSendMsgUserNum=len(set(day.single)),
        GroupUpMsgNum=len(day.grouped),
        GroupDownMsgNum=sum(_hearers(state, group_id) for group_id, _ in day.grouped),
        GroupSendMsgUserNum=len(speakers),
        GroupSendMsgGroupNum=len({group_id for group_id, _ in day.grouped}),
        SendMsgUserNum=people,
        ActiveUserNum=people,
        LoginUserNum=people,
        LoginTimes=people,
        MaxOnlineNum=people,
    )


def _hearers(state: State, group_id: str) -> int:
    return max(0, state.groups[group_id].member_count - 1)


def _seeded(state: State, date: datetime) -> Counter[str]:
    """What a seeded app has seen on a day: as many people as it has, and their weekends."""
    draw = random.Random(f"statistics {date:%Y%m%d}")  # noqa: S311  (repeatable on purpose)
    people = len(state.accounts)
    weekend = date.weekday() >= 5
    active = int(people * draw.uniform(0.2, 0.3) * (1.3 if weekend else 1))
    single, grouped = active * draw.randrange(8, 15), active * draw.randrange(15, 30)
    return Counter(
        ActiveUserNum=active,
        LoginUserNum=active,
        LoginTimes=active * 3,
        MaxOnlineNum=active // 3,
        SendMsgUserNum=active // 2,
        C2CUpMsgNum=single,
        C2CDownMsgNum=single,
        C2CSendMsgUserNum=active // 3,
        C2CAPNSMsgNum=single // 4,
        APNSMsgNum=single // 4 + grouped // 2,
        GroupUpMsgNum=grouped,
        GroupDownMsgNum=grouped * 12,
        GroupSendMsgUserNum=active // 3,
        GroupAPNSMsgNum=grouped // 2,
        GroupSendMsgGroupNum=len(state.groups) // 4,
        GroupJoinGroupTimes=active // 10,
        GroupQuitGroupTimes=active // 40,
        ChainIncrease=active // 8,
        ChainDecrease=active // 60,
        CallBackReq=single + grouped,
        CallBackRsp=single + grouped,
    )
