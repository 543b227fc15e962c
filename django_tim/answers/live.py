"""Live groups: the people who are there, admins, marks, broadcasts."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .envelope import Envelope


class OnlineCount(Envelope):
    OnlineMemberNum: int


class LiveMember(TypedDict):
    Member_Account: str
    JoinTime: NotRequired[int]
    NickName: NotRequired[str]
    Avatar: NotRequired[str]
    Marks: NotRequired[list[int]]


class LiveMemberPage(Envelope):
    """NextTimestamp is 0 on the last page."""

    MemberList: list[LiveMember]
    NextTimestamp: NotRequired[int]


class LiveMembersChecked(Envelope):
    """Those of the accounts asked for who are in the group."""

    Member_Account: NotRequired[list[str]]


class LiveAdmin(TypedDict):
    Admin_Account: str
    NickName: NotRequired[str]
    Avatar: NotRequired[str]


class LiveAdmins(Envelope):
    Admin_List: NotRequired[list[LiveAdmin]]


class MarkedMember(TypedDict):
    Member_Account: str
    Marks: NotRequired[list[int]]


class LiveMarked(Envelope):
    """MemberList holds only those whose marks were changed."""

    CommandType: NotRequired[int]
    MemberList: NotRequired[list[MarkedMember]]


class BroadcastSent(Envelope):
    MsgSeq: int
