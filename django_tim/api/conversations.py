"""Conversations: the list, their groups and marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django_tim.answers import (
    Contact,
    Conversation,
    ConversationDeleted,
    ConversationGroupCreated,
    ConversationGroupPage,
    ConversationGroupsDeleted,
    ConversationGroupUpdated,
    ConversationMarks,
    ConversationPage,
    ConversationsMarked,
    FoundConversations,
    MarkedConversation,
)
from django_tim.catalogue import (
    CONVERSATION_DELETE,
    CONVERSATION_GROUP_CREATE,
    CONVERSATION_GROUP_DELETE,
    CONVERSATION_GROUP_LIST,
    CONVERSATION_GROUP_SEARCH,
    CONVERSATION_GROUP_UPDATE,
    CONVERSATION_LIST,
    CONVERSATION_MARK,
)
from django_tim.client.area import Area, Extra, readable
from django_tim.client.batch import BatchResult, Outcome
from django_tim.client.usersig import utf8_length
from django_tim.exceptions import InvalidArgument
from django_tim.exceptions import said as _

from .ids import check_group_id, check_user_id

C2C, GROUP = "c2c_", "group_"
NAME_BYTES = 32
MARK_BYTES = 256
_MARKS = range(64)

# Pinned ones, empty ones, pages of the pinned ones, and what newer versions add: the marks.
EVERYTHING = 63

_ONE_TO_ONE, _OF_A_GROUP = 1, 2
_RENAME, _CHANGE = 1, 2
_ADD, _REMOVE = 1, 2
_STANDARD, _CUSTOM, _BOTH = 1, 2, 3


class Conversations(Area):
    """The area ``recentcontact``: what an account's clients list as its conversations.

    A conversation is named as the clients' SDKs name it: ``c2c_`` and the peer's UserID, or
    ``group_`` and the group's id.
    """

    def get_page(
        self,
        user_id: str,
        *,
        after: ConversationMarks | None = None,
        flags: int = EVERYTHING,
        extra: Extra = None,
    ) -> ConversationPage:
        """One page of an account's conversations, the pinned ones first, then by time.

        ``after`` is the page before this one. ``flags`` adds up 1 (pinned ones), 2 (empty
        ones), 4 (pages of pinned ones) and more; by default all. Page 43087.
        """
        marks: Mapping[str, Any] = after or {}
        payload = _list_of(user_id, flags) | {name: marks.get(name, 0) for name in _PAGE_MARKS}
        return self._page(CONVERSATION_LIST, payload, extra)

    def iterate(
        self, user_id: str, *, flags: int = EVERYTHING, extra: Extra = None
    ) -> Iterator[Conversation]:
        """All conversations of an account, each once."""
        seen: set[str] = set()
        for page in self._pages(CONVERSATION_LIST, _list_of(user_id, flags), extra):
            for row in page["SessionItem"]:
                name = conversation_of(row)
                if name not in seen:
                    seen.add(name)
                    yield row

    def delete(
        self,
        user_id: str,
        conversation: str,
        *,
        clear_history: bool = False,
        extra: Extra = None,
    ) -> ConversationDeleted:
        """Take a conversation out of an account's list, until its next message.

        ``clear_history`` takes the account's history of it away too. Page 43088.
        """
        contact = _contact(conversation)
        payload = {
            "From_Account": check_user_id(user_id),
            "Type": contact["Type"],
            "To_Account": contact.get("To_Account"),
            "ToGroupid": contact.get("ToGroupId"),  # spelt like this here only
            "ClearRamble": 1 if clear_history else None,
        }
        return self._call(CONVERSATION_DELETE, payload, extra)

    def mark_many(
        self,
        user_id: str,
        conversations: Iterable[str],
        *,
        set_marks: Sequence[int] = (),
        clear_marks: Sequence[int] = (),
        custom_mark: str | None = None,
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Set and clear marks of conversations, 100 a call.

        Marks are 0 to 63: 1 star, 2 unread, 3 folded, 4 hidden, from 32 on the app's own.
        ``custom_mark``: a text of at most 256 bytes. Needs a larger plan (51013). Page 53438.
        """
        user = check_user_id(user_id)
        marks = _marks(set_marks, clear_marks, custom_mark)

        def read(answer: ConversationsMarked, keys: list[str]) -> Iterator[Outcome[None]]:
            return (_outcome(row) for row in answer.get("ResultItem") or ())

        return self._batch(
            CONVERSATION_MARK,
            keyed_conversations(conversations),
            lambda rows: {
                "From_Account": user,
                "MarkItem": [{**marks, "ContactItem": row} for row in rows],
            },
            read,
            extra,
        )

    def create_group(
        self, user_id: str, name: str, conversations: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[int]:
        """Make a group of an account's conversations; each outcome's value is its number.

        ``name``: at most 32 bytes; 20 groups an account (51010). An error code for the whole
        call is raised. Page 53437.
        """
        items = keyed_conversations(conversations)
        if not items:
            raise InvalidArgument("a group of conversations begins with at least one")
        row = {"GroupName": _name(name), "ContactItem": list(items.values())}
        payload = {"From_Account": check_user_id(user_id), "GroupContactItem": [row]}
        answer: ConversationGroupCreated = self._call(CONVERSATION_GROUP_CREATE, payload, extra)
        with readable(CONVERSATION_GROUP_CREATE):
            made = answer["GroupResultItem"][0]
            return BatchResult(
                [_outcome(result, made["GroupItem"]["GroupId"]) for result in made["ResultItem"]]
            )

    def update_group(
        self,
        user_id: str,
        name: str,
        *,
        new_name: str | None = None,
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Rename a group of conversations, or add and remove some, 100 a call.

        Raises NotFound (51009) for a rename of a group that is not there. Page 53439.
        """
        changes = {key: (_ADD, row) for key, row in keyed_conversations(add).items()}
        changes |= {key: (_REMOVE, row) for key, row in keyed_conversations(remove).items()}
        fixed = {"From_Account": check_user_id(user_id), "UpdateType": 1}
        if (new_name is None) == (not changes):
            raise InvalidArgument("give new_name, or conversations to add and remove")
        if new_name is not None:
            names = {"OldGroupName": _name(name), "NewGroupName": _name(new_name)}
            update = {"UpdateGroup": {"UpdateGroupType": _RENAME, **names}}
            self._call(CONVERSATION_GROUP_UPDATE, {**fixed, **update}, extra)
            return BatchResult()
        group = {"UpdateGroupType": _CHANGE, "OldGroupName": _name(name)}

        def payload(rows: list[tuple[int, Contact]]) -> dict[str, Any]:
            items = [{"ContactOptType": kind, "ContactItem": row} for kind, row in rows]
            return {**fixed, "UpdateGroup": {**group, "ContactUpdateItem": items}}

        return self._batch(CONVERSATION_GROUP_UPDATE, changes, payload, _updated, extra)

    def delete_group(
        self, user_id: str, name: str, *, extra: Extra = None
    ) -> ConversationGroupsDeleted:
        """Delete a group of conversations, which stay. NotFound (51009) if there is none.

        Page 53441.
        """
        payload = {"From_Account": check_user_id(user_id), "GroupName": [_name(name)]}
        return self._call(CONVERSATION_GROUP_DELETE, payload, extra)

    def get_marked_page(
        self, user_id: str, *, start_index: int = 0, extra: Extra = None
    ) -> ConversationGroupPage:
        """One page of the conversations that have marks or groups, and the groups' names.

        Page 53440.
        """
        payload = {"From_Account": check_user_id(user_id), "StartIndex": start_index}
        return self._page(CONVERSATION_GROUP_LIST, payload, extra)

    def iterate_marked(self, user_id: str, *, extra: Extra = None) -> Iterator[MarkedConversation]:
        """All conversations of ``get_marked_page``."""
        payload = {"From_Account": check_user_id(user_id)}
        for page in self._pages(CONVERSATION_GROUP_LIST, payload, extra):
            yield from page["ContactItem"]

    def get_marked_many(
        self, user_id: str, conversations: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[MarkedConversation | None]:
        """The marks and groups of conversations, 300 a call; without any, there is no value.

        Page 53442.
        """
        user = check_user_id(user_id)

        def read(
            answer: FoundConversations, keys: list[str]
        ) -> Iterator[Outcome[MarkedConversation | None]]:
            rows = answer.get("ContactResultItem") or ()
            found = {conversation_of(row): row for row in rows}
            return (Outcome(key, found.get(key)) for key in keys)

        return self._batch(
            CONVERSATION_GROUP_SEARCH,
            keyed_conversations(conversations),
            lambda rows: {"From_Account": user, "ContactItem": rows},
            read,
            extra,
        )


def keyed_conversations(conversations: Iterable[str]) -> dict[str, Contact]:
    """The conversations, each once, as the items of a batch."""
    if isinstance(conversations, str):
        raise InvalidArgument("several conversations are asked for, not one text")
    return {conversation: _contact(conversation) for conversation in conversations}


def conversation_of(row: Conversation | MarkedConversation | Contact) -> str:
    """The name of the conversation that a row of an answer speaks of."""
    fields: Any = row
    if fields["Type"] == _ONE_TO_ONE:
        return f"{C2C}{fields['To_Account']}"
    return f"{GROUP}{fields.get('ToGroupId') or fields['GroupId']}"


def _contact(conversation: str) -> Contact:
    if isinstance(conversation, str) and conversation.startswith(C2C):
        return {"Type": _ONE_TO_ONE, "To_Account": check_user_id(conversation[len(C2C) :])}
    if isinstance(conversation, str) and conversation.startswith(GROUP):
        return {"Type": _OF_A_GROUP, "ToGroupId": check_group_id(conversation[len(GROUP) :])}
    raise InvalidArgument(
        _("a conversation is c2c_UserID or group_GroupID, not {given!r}", given=conversation)
    )


def _marks(
    set_marks: Sequence[int], clear_marks: Sequence[int], custom_mark: str | None
) -> dict[str, Any]:
    for mark in (*set_marks, *clear_marks):
        if mark not in _MARKS:
            raise InvalidArgument(f"a mark is a number from 0 to 63, not {mark!r}")
    if custom_mark is not None and utf8_length(custom_mark) > MARK_BYTES:
        raise InvalidArgument(f"custom_mark has at most {MARK_BYTES} bytes")
    given: dict[str, Any] = {"SetMark": list(set_marks), "ClearMark": list(clear_marks)}
    marks = {name: numbers for name, numbers in given.items() if numbers}
    if custom_mark is None and not marks:
        raise InvalidArgument("give marks to set or to clear, or custom_mark")
    if custom_mark is None:
        return {"OptType": _STANDARD, **marks}
    return {"OptType": _BOTH if marks else _CUSTOM, **marks, "CustomMark": custom_mark}


_PAGE_MARKS = ("TimeStamp", "StartIndex", "TopTimeStamp", "TopStartIndex")


def _list_of(user_id: str, flags: int) -> dict[str, Any]:
    return {"From_Account": check_user_id(user_id), "AssistFlags": flags}


def _name(name: str) -> str:
    if not isinstance(name, str) or not 1 <= utf8_length(name) <= NAME_BYTES:
        raise InvalidArgument(f"a group's name has 1 to {NAME_BYTES} bytes in UTF-8: {name!r}")
    return name


def _outcome(row: Any, value: Any = None) -> Outcome[Any]:
    code = row["ResultCode"]
    item = conversation_of(row["ContactItem"])
    return Outcome(item, None if code else value, code, row.get("ResultInfo") or "")


def _updated(answer: ConversationGroupUpdated, keys: list[str]) -> Iterator[Outcome[None]]:
    return (_outcome(row) for row in answer["UpdateGroupResult"]["ContactResultItem"])
