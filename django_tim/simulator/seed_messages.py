"""A few messages for a data set: what its people have said in groups, and one to one."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise
from typing import Final

from .chats import Chats, Message
from .elements import Elements
from .group_history import GroupMessage, Histories
from .records import Group
from .state import State

_DAY: Final = 86_400
_PEOPLE: Final = 6
_TALKS: Final[tuple[tuple[str, ...], ...]] = (
    ("周六去徒步，有人一起吗？", "我去！几点集合？", "早上七点半，地铁口见。", "好的，我带水果 🍎"),
    (
        "新版本发布了，大家试试看。",
        "登录快多了，赞！",
        "头像上传还是有点慢。",
        "已记录，下周修复。",
    ),
    ("Has anyone tried the new build?", "Works fine on Android.", "Same here, thanks!"),
    ("今晚八点开会，别忘了。", "收到。", "我会晚到十分钟。", "没关系，会议记录稍后发群里。"),
    ("Could somebody review my draft?", "Sure, send it over.", "Done, two small remarks.", "🙏"),
    ("生日快乐！🎂", "谢谢大家 🎉", "记得发照片！"),
)


def plant_messages(state: State, groups: Iterable[Group], people: Sequence[str], seed: int) -> None:
    """A talk in each group that keeps messages, and between every two neighbours of ``people``."""
    draw = random.Random(f"{seed} messages")  # noqa: S311  (repeatable on purpose)
    for group in groups:
        if group.type != "AVChatRoom":
            _talk_in(state, group, draw)
    for one, other in pairwise(people):
        _talk_between(state, one, other, draw)


def _talk_in(state: State, group: Group, draw: random.Random) -> None:
    members = [member.user_id for member in islice(group.walk(), _PEOPLE)]
    talk = draw.choice(_TALKS)
    if not members or group.next_msg_seq <= len(talk):
        return
    messages = state.part(Histories).of(group.group_id).messages
    begun = group.last_msg_time - 60 * (len(talk) - 1)
    for place, text in enumerate(talk):
        said = GroupMessage(
            draw.choice(members), draw.getrandbits(32), begun + 60 * place, _text(text)
        )
        said.seq = group.next_msg_seq - len(talk) + place
        messages.append(said)


def _talk_between(state: State, one: str, other: str, draw: random.Random) -> None:
    chats = state.part(Chats)
    begun = state.clock.seconds() - draw.randrange(_DAY // 24, 5 * _DAY)
    for place, text in enumerate(draw.choice(_TALKS)):
        sender, receiver = (one, other) if place % 2 == 0 else (other, one)
        random_number, time = draw.getrandbits(32), begun + 60 * place
        message = Message(sender, chats.next_seq(), random_number, time, _text(text))
        message.receiver = receiver
        chats.take_in(message)


def _text(text: str) -> Elements:
    return [{"MsgType": "TIMTextElem", "MsgContent": {"Text": text}}]
