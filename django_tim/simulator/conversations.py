"""Conversations: the list, their groups and marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django_tim.answers import (
    ConversationDeleted,
    ConversationGroupCreated,
    ConversationGroupPage,
    ConversationGroupsDeleted,
    ConversationGroupUpdated,
    ConversationPage,
    ConversationsMarked,
    FoundConversations,
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

from .body import UINT64, Body
from .chats import Chats
from .contacts import C2C, GROUP, Contact, Contacts, Marked, Shelf
from .refusals import Refusal
from .registry import OK, simulates
from .state import State

PAGE: Final = 50
MOST_LISTED: Final = 500
_PINNED, _MARKED = 1, 8


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation in the list; ``number`` grows with every message that the list shows."""

    contact: Contact
    time: int
    number: int


@simulates(CONVERSATION_LIST)
def get_list(state: State, body: Body) -> ConversationPage:
    user_id = _user(state, body)
    flags = body.number("AssistFlags", 0)
    shelf = state.part(Contacts).of(user_id)
    listed = sorted(_sessions(state, user_id), key=lambda one: -one.time)[:MOST_LISTED]
    pinned = [one for one in listed if one.contact in shelf.pinned and flags & _PINNED]
    others = [one for one in listed if one not in pinned]
    top = _after(pinned, body, "TopTimeStamp", "TopStartIndex")
    rest = _after(others, body, "TimeStamp", "StartIndex")
    shown_top = top[:PAGE]
    shown = rest[: PAGE - len(shown_top)]
    complete = len(shown_top) == len(top) and len(shown) == len(rest)
    top_time, top_index = _mark(pinned, shown_top, body, "TopTimeStamp", "TopStartIndex")
    time, index = _mark(others, shown, body, "TimeStamp", "StartIndex")
    return {
        **OK,
        "SessionItem": [
            _session(one, shelf, flags, top=one in pinned) for one in (*shown_top, *shown)
        ],
        "CompleteFlag": int(complete),
        "TimeStamp": time,
        "StartIndex": index,
        "TopTimeStamp": top_time,
        "TopStartIndex": top_index,
        "ErrorDisplay": "",
    }


@simulates(CONVERSATION_DELETE)
def delete(state: State, body: Body) -> ConversationDeleted:
    user_id = _user(state, body)
    contact = _contact(body, "ToGroupid" if body.has("ToGroupid") else "ToGroupId")
    clear = body.number("ClearRamble", 0) == 1
    for session in _sessions(state, user_id):
        if session.contact == contact:
            state.part(Contacts).of(user_id).deleted[contact] = session.number
    if clear and contact[0] == C2C:
        state.part(Chats).clear(user_id, contact[1])
    return {**OK, "ErrorDisplay": ""}


@simulates(CONVERSATION_MARK)
def mark_contact(state: State, body: Body) -> ConversationsMarked:
    user_id = _user(state, body)
    shelf = state.part(Contacts).of(user_id)
    rows: list[Any] = []
    changes = []
    for item in _batch(body, "MarkItem"):
        kind = item.number("OptType", least=1, most=3)
        part = item.part("ContactItem")
        if part is None:
            raise item.refusal("ContactItem is missing")
        contact = _contact(part)
        custom = item.text("CustomMark", "", most=256)
        code = _check(state, user_id, contact)
        rows.append({"OptType": kind, "ContactItem": _view(contact)} | _result(code))
        if not code:
            changes.append(
                (contact, kind, _bits(item, "SetMark"), _bits(item, "ClearMark"), custom)
            )
    shelf.check_room(contact for contact, *_ in changes)
    for contact, kind, set_bits, clear_bits, custom in changes:
        marked = shelf.marked(contact, state.clock.seconds())
        if kind != 2:
            marked.bits = (marked.bits - clear_bits) | set_bits
        if kind != 1:
            marked.custom = custom
    return {**OK, "ResultItem": rows, "ErrorDisplay": ""}


@simulates(CONVERSATION_GROUP_CREATE)
def create_contact_group(state: State, body: Body) -> ConversationGroupCreated:
    user_id = _user(state, body)
    shelf = state.part(Contacts).of(user_id)
    asked = body.objects("GroupContactItem", most=1)[0]
    name = _name(asked, "GroupName")
    contacts = [_contact(row) for row in _batch(asked, "ContactItem")]
    if name in shelf.groups:
        raise Refusal(50002, "the conversation group exists")
    codes = {contact: _check(state, user_id, contact) for contact in contacts}
    shelf.check_room(contact for contact, code in codes.items() if not code)
    number = shelf.new_group(name)
    for contact, code in codes.items():
        if not code:
            shelf.marked(contact, state.clock.seconds()).groups.add(number)
    results: list[Any] = [
        {"ContactItem": _view(contact)} | _result(code) for contact, code in codes.items()
    ]
    item: Any = {"GroupName": name, "GroupId": number}
    made: Any = [{"GroupItem": item, "ResultItem": results}]
    return {**OK, "GroupResultItem": made, "ErrorDisplay": ""}


@simulates(CONVERSATION_GROUP_UPDATE)
def update_contact_group(state: State, body: Body) -> ConversationGroupUpdated:
    user_id = _user(state, body)
    shelf = state.part(Contacts).of(user_id)
    body.number("UpdateType", least=1, most=1)
    update = body.part("UpdateGroup")
    if update is None:
        raise body.refusal("UpdateGroup is missing")
    kind = update.number("UpdateGroupType", least=1, most=2)
    old = update.text("OldGroupName")
    number = shelf.group(old)
    result: Any = {"UpdateGroupType": kind, "GroupName": old, "OldGroupName": old}
    result["GroupId"] = number
    if kind == 1:
        name = _name(update, "NewGroupName")
        if shelf.groups.get(name, number) != number:
            raise Refusal(50002, "the conversation group exists")
        del shelf.groups[old]
        shelf.groups[name] = number
        result["GroupName"] = name
    else:
        result["ContactResultItem"] = _change(state, user_id, shelf, number, update)
    return {**OK, "UpdateType": 1, "UpdateGroupResult": result}


@simulates(CONVERSATION_GROUP_DELETE)
def del_contact_group(state: State, body: Body) -> ConversationGroupsDeleted:
    shelf = state.part(Contacts).of(_user(state, body))
    names = body.texts("GroupName", most=1)
    gone: list[Any] = [{"GroupName": name, "GroupId": shelf.group(name)} for name in names]
    for name in names:
        shelf.delete_group(name)
    return {**OK, "GroupItem": gone}


@simulates(CONVERSATION_GROUP_LIST)
def get_contact_group(state: State, body: Body) -> ConversationGroupPage:
    shelf = state.part(Contacts).of(_user(state, body))
    start = body.number("StartIndex")
    rows = list(shelf.all_marked())
    end = start + PAGE
    complete = end >= len(rows)
    return {
        **OK,
        "ContactItem": [_marked(contact, marked) for contact, marked in rows[start:end]],
        "GroupItem": _groups(shelf),
        "CompleteFlag": int(complete),
        "NextStartIndex": 0 if complete else end,
    }


@simulates(CONVERSATION_GROUP_SEARCH)
def search_contact_group(state: State, body: Body) -> FoundConversations:
    shelf = state.part(Contacts).of(_user(state, body))
    wanted = [_contact(row) for row in body.objects("ContactItem", most=300)]
    found = [(contact, shelf.marks_of(contact)) for contact in wanted]
    rows = [_marked(contact, marked) for contact, marked in found if marked is not None]
    return {
        **OK,
        "ContactResultItem": rows,
        "GroupItem": _groups(shelf),
        "ErrorDisplay": "",
    }


def _sessions(state: State, user_id: str) -> list[Session]:
    """What an account has conversations with, unless deleted since the last message."""
    deleted = state.part(Contacts).of(user_id).deleted
    found = [
        Session((C2C, peer), chat.last_time, chat.shown)
        for peer, chat in state.part(Chats).of(user_id).items()
    ]
    found += [
        Session((GROUP, group.group_id), group.last_msg_time, group.next_msg_seq)
        for group in state.groups_of(user_id)
    ]
    return [one for one in found if one.time and one.number > deleted.get(one.contact, 0)]


def _after(listed: list[Session], body: Body, time: str, index: str) -> list[Session]:
    """What comes behind a page's marks: its last time, and how many of that time it had."""
    at, count = body.number(time, 0, most=UINT64), body.number(index, 0)
    if not at:
        return listed
    same = [one for one in listed if one.time == at]
    return same[count:] + [one for one in listed if one.time < at]


def _mark(
    listed: list[Session], shown: list[Session], body: Body, time: str, index: str
) -> tuple[int, int]:
    """The marks of the page that was shown; the old ones if nothing was."""
    if not shown:
        return body.number(time, 0, most=UINT64), body.number(index, 0)
    last = shown[-1]
    same = [one for one in listed if one.time == last.time]
    return last.time, same.index(last) + 1


def _session(session: Session, shelf: Shelf, flags: int, *, top: bool) -> Any:
    kind, target = session.contact
    row: dict[str, Any] = {"Type": kind, "To_Account" if kind == C2C else "GroupId": target}
    row |= {"MsgTime": session.time, "TopFlag": int(top)}
    marked = shelf.marks_of(session.contact)
    if marked is not None and flags >= _MARKED:
        row |= marked.view()
    return row


def _marked(contact: Contact, marked: Marked) -> Any:
    return _view(contact) | marked.view() | {"Timestamp": marked.time}


def _groups(shelf: Shelf) -> list[Any]:
    return [{"GroupName": name, "GroupId": number} for name, number in shelf.groups.items()]


def _change(state: State, user_id: str, shelf: Shelf, number: int, update: Body) -> list[Any]:
    """Add conversations to a group and take some out; each with its result."""
    rows: list[Any] = []
    changes = []
    for item in _batch(update, "ContactUpdateItem"):
        kind = item.number("ContactOptType", least=1, most=2)
        part = item.part("ContactItem")
        if part is None:
            raise item.refusal("ContactItem is missing")
        contact = _contact(part)
        code = _check(state, user_id, contact) if kind == 1 else 0
        rows.append({"ContactOptType": kind, "ContactItem": _view(contact)} | _result(code))
        if not code:
            changes.append((kind, contact))
    shelf.check_room(contact for kind, contact in changes if kind == 1)
    for kind, contact in changes:
        groups = shelf.marked(contact, state.clock.seconds()).groups
        groups.add(number) if kind == 1 else groups.discard(number)
    return rows


def _check(state: State, user_id: str, contact: Contact) -> int:
    kind, target = contact
    if kind == C2C:
        return 0 if target in state.accounts else 50001
    group = state.groups.get(target)
    return 0 if group is not None and group.member(user_id) is not None else 51007


def _result(code: int) -> dict[str, Any]:
    info = {50001: "the account does not exist", 51007: "not in the group"}
    return {"ResultCode": code, "ResultInfo": info.get(code, "")}


def _user(state: State, body: Body) -> str:
    return state.account(body.user_id("From_Account"), 50001).user_id


def _contact(body: Body, group_field: str = "ToGroupId") -> Contact:
    if body.number("Type", least=C2C, most=GROUP) == C2C:
        return C2C, body.user_id("To_Account")
    return GROUP, body.text(group_field)


def _view(contact: Contact) -> dict[str, Any]:
    kind, target = contact
    return {"Type": kind, "To_Account" if kind == C2C else "ToGroupId": target}


def _batch(body: Body, name: str) -> list[Body]:
    items = body.items(name, None) or []
    if not 1 <= len(items) <= 100:
        raise Refusal(51006, f"{name} holds none or more than 100 conversations")
    return body.objects(name)


def _bits(item: Body, name: str) -> set[int]:
    bits = item.items(name, None) or []
    if not all(isinstance(bit, int) and 0 <= bit < 64 for bit in bits):
        raise item.refusal(f"{name} holds something that is no number from 0 to 63")
    return set(bits)


def _name(body: Body, field: str) -> str:
    name: str = body.text(field)
    if not name or len(name.encode("utf-8", "surrogatepass")) > 32:
        raise Refusal(51011, "the name of a conversation group has 1 to 32 bytes")
    return name
