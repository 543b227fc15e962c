"""Conversations and the groups that an account sorts them into."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .envelope import Envelope


class Contact(TypedDict):
    """A conversation: Type 1 with To_Account, Type 2 with a group."""

    Type: int
    To_Account: NotRequired[str]
    ToGroupId: NotRequired[str]


class Conversation(TypedDict):
    """A conversation in the list; the marks are there if it has any."""

    Type: int
    To_Account: NotRequired[str]
    GroupId: NotRequired[str]
    MsgTime: int
    TopFlag: NotRequired[int]
    StandardMark: NotRequired[str]
    CustomMark: NotRequired[str]
    ContactGroupId: NotRequired[list[int]]


class ConversationDeleted(Envelope):
    ErrorDisplay: NotRequired[str]


class ConversationMarks(TypedDict):
    """Where a page of conversations ended, and the next one begins."""

    TimeStamp: int
    StartIndex: int
    TopTimeStamp: int
    TopStartIndex: int


class ConversationPage(Envelope):
    SessionItem: list[Conversation]
    CompleteFlag: int
    TimeStamp: int
    StartIndex: int
    TopTimeStamp: int
    TopStartIndex: int


class MarkedConversation(TypedDict):
    """A conversation with its marks, and the ids of the groups that it is in.

    StandardMark is a text of bits, the first one for mark 0.
    """

    Type: int
    To_Account: NotRequired[str]
    ToGroupId: NotRequired[str]
    StandardMark: NotRequired[str]
    CustomMark: NotRequired[str]
    ContactGroupId: NotRequired[list[int]]
    Timestamp: NotRequired[int]


class ConversationGroup(TypedDict):
    GroupName: str
    GroupId: int


class ContactResult(TypedDict):
    ContactItem: Contact
    ResultCode: int
    ResultInfo: NotRequired[str]


class ConversationGroupResult(TypedDict):
    GroupItem: ConversationGroup
    ResultItem: list[ContactResult]


class ConversationGroupCreated(Envelope):
    GroupResultItem: list[ConversationGroupResult]


class ConversationGroupsDeleted(Envelope):
    GroupItem: list[ConversationGroup]


class ConversationGroupPage(Envelope):
    ContactItem: list[MarkedConversation]
    GroupItem: NotRequired[list[ConversationGroup]]
    CompleteFlag: int
    NextStartIndex: int


class FoundConversations(Envelope):
    ContactResultItem: list[MarkedConversation]
    GroupItem: NotRequired[list[ConversationGroup]]


class ConversationMarked(TypedDict):
    OptType: int
    ContactItem: Contact
    ResultCode: int
    ResultInfo: NotRequired[str]


class ConversationsMarked(Envelope):
    ResultItem: list[ConversationMarked]


class ContactUpdated(TypedDict):
    ContactOptType: int
    ContactItem: Contact
    ResultCode: int
    ResultInfo: NotRequired[str]


class ConversationGroupUpdate(TypedDict):
    UpdateGroupType: int
    GroupName: NotRequired[str]
    OldGroupName: NotRequired[str]
    GroupId: NotRequired[int]
    ContactResultItem: NotRequired[list[ContactUpdated]]


class ConversationGroupUpdated(Envelope):
    UpdateType: int
    UpdateGroupResult: ConversationGroupUpdate
