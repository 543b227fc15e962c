"""The app's numbers of a day: counted from the state, and drawn for what was seeded."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from .chats import Chats
from .group_history import Histories
from .state import State

FIELDS: Final = (
    "AppName",
    "AppId",
    "Company",
    "ActiveUserNum",
    "RegistUserNumOneDay",
    "RegistUserNumTotal",
    "LoginTimes",
    "LoginUserNum",
    "UpMsgNum",
    "DownMsgNum",
    "SendMsgUserNum",
    "APNSMsgNum",
    "C2CUpMsgNum",
    "C2CDownMsgNum",
    "C2CSendMsgUserNum",
    "C2CAPNSMsgNum",
    "MaxOnlineNum",
    "ChainIncrease",
    "ChainDecrease",
    "GroupUpMsgNum",
    "GroupDownMsgNum",
    "GroupSendMsgUserNum",
    "GroupAPNSMsgNum",
    "GroupSendMsgGroupNum",
    "GroupJoinGroupTimes",
    "GroupQuitGroupTimes",
    "GroupNewGroupNum",
    "GroupAllGroupNum",
    "GroupDestroyGroupNum",
    "CallBackReq",
    "CallBackRsp",
    "Date",
)


def statistics_of(state: State, day: datetime) -> dict[str, str]:
    """The numbers of the day that begins then, all as texts."""
    begins, ends = int(day.timestamp()), int((day + timedelta(days=1)).timestamp())
    numbers: Counter[str] = _accounts_and_groups(state, begins, ends)
    numbers += _messages(state, begins, ends)
    if state.seeds:
        numbers += _seeded(state, f"{day:%Y%m%d}")
    numbers["UpMsgNum"] = numbers["C2CUpMsgNum"] + numbers["GroupUpMsgNum"]
    numbers["DownMsgNum"] = numbers["C2CDownMsgNum"] + numbers["GroupDownMsgNum"]
    texts = {"AppName": "simulated", "AppId": str(state.sdk_app_id), "Company": "simulated"}
    texts["Date"] = f"{day:%Y%m%d}"
    return {name: texts.get(name, str(numbers[name])) for name in FIELDS}


def _accounts_and_groups(state: State, begins: int, ends: int) -> Counter[str]:
    numbers: Counter[str] = Counter()
    for account in state.accounts.values():
        numbers["RegistUserNumTotal"] += account.imported_at < ends
        numbers["RegistUserNumOneDay"] += begins <= account.imported_at < ends
    for group in state.all_groups():
        numbers["GroupAllGroupNum"] += group.create_time < ends
        numbers["GroupNewGroupNum"] += begins <= group.create_time < ends
    return numbers


def _messages(state: State, begins: int, ends: int) -> Counter[str]:
    single = [message.sender for message in state.part(Chats).between(begins, ends)]
    grouped = list(state.part(Histories).between(begins, ends))
    speakers = {message.sender for *_, message in grouped}
    people = len(speakers | set(single))
    return Counter(
        C2CUpMsgNum=len(single),
        C2CDownMsgNum=len(single),
        C2CSendMsgUserNum=len(set(single)),
        GroupUpMsgNum=len(grouped),
        GroupDownMsgNum=sum(_hearers(state, group_id) for group_id, *_ in grouped),
        GroupSendMsgUserNum=len(speakers),
        GroupSendMsgGroupNum=len({group_id for group_id, *_ in grouped}),
        SendMsgUserNum=people,
        ActiveUserNum=people,
        LoginUserNum=people,
        LoginTimes=people,
        MaxOnlineNum=people,
    )


def _hearers(state: State, group_id: str) -> int:
    return max(0, state.groups[group_id].member_count - 1)


def _seeded(state: State, day: str) -> Counter[str]:
    """What a seeded app has seen on a day: as many people as it has, and their weekends."""
    draw = random.Random(f"statistics {day}")  # noqa: S311  (repeatable on purpose)
    people = len(state.accounts)
    weekend = datetime.strptime(day, "%Y%m%d").weekday() >= 5
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
