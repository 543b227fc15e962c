"""Official accounts: profiles, subscribers, broadcast messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, TypeVar

from django_tim.answers import (
    Envelope,
    ForbidCallbackControl,
    OfficialAccount,
    OfficialAccountCreated,
    OfficialAccountInfos,
    OfficialMessage,
    OfficialMessagePage,
    OfficialMessageSent,
    OfficialMessagesRecalled,
    SubscribedPage,
    Subscriber,
    SubscriberPage,
    SubscribersChanged,
)
from django_tim.catalogue import (
    OFFICIAL_ACCOUNT_CREATE,
    OFFICIAL_ACCOUNT_DESTROY,
    OFFICIAL_ACCOUNT_INFO,
    OFFICIAL_ACCOUNT_MODIFY,
    OFFICIAL_ACCOUNT_SUBSCRIBED_LIST,
    OFFICIAL_MESSAGE_HISTORY,
    OFFICIAL_MESSAGE_RECALL,
    OFFICIAL_MESSAGE_SEND,
    SUBSCRIBER_ADD,
    SUBSCRIBER_DELETE,
    SUBSCRIBER_LIST,
    SUBSCRIBER_MODIFY,
)
from django_tim.client.area import Area, Extra
from django_tim.client.batch import BatchResult, Outcome
from django_tim.exceptions import InvalidArgument

from .elements import Message, OfflinePush, message_body
from .ids import check_user_id, keyed_users, message_number
from .messages import naming

PREFIX = "@TOA#_"
HISTORY_PAGE = 20
# The service names the subscribers that failed, but gives no reason.
NO_REASON = 10004

T = TypeVar("T")
Subscribed = Literal["subscribed", "already"]
Unsubscribed = Literal["unsubscribed", "not_subscribed"]
_DONE, _NOTHING_TO_DO = 1, 2


class OfficialAccounts(Area):
    """The area ``official_account_open_http_svc``. Their ids begin with ``@TOA#_``."""

    def create(
        self,
        *,
        owner: str,
        name: str,
        account_id: str | None = None,
        introduction: str | None = None,
        face_url: str | None = None,
        organization: str | None = None,
        custom: str | None = None,
        max_subscribers: int | None = None,
        extra: Extra = None,
    ) -> OfficialAccountCreated:
        """Create an official account and return its id, ``account_id`` or one made up.

        In bytes at most: ``name`` 150, ``introduction`` 400, ``face_url`` and
        ``organization`` 500, ``custom`` 3000. Raises Conflict (130008) for an id in use,
        LimitReached (130010) when there are too many. Page 60755.
        """
        payload = {
            "Owner_Account": check_user_id(owner),
            "OfficialAccountUserID": None if account_id is None else check_account_id(account_id),
            "Name": name,
            "Introduction": introduction,
            "FaceUrl": face_url,
            "MaxSubscriberNum": max_subscribers,
            "Organization": organization,
            "CustomString": custom,
        }
        return self._call(OFFICIAL_ACCOUNT_CREATE, payload, extra)

    def destroy(self, account_id: str, *, extra: Extra = None) -> Envelope:
        """Remove an official account; raises NotFound (130004) if there is none. Page 60756."""
        payload = {"Official_Account": check_account_id(account_id)}
        return self._call(OFFICIAL_ACCOUNT_DESTROY, payload, extra)

    def modify(
        self,
        account_id: str,
        *,
        name: str | None = None,
        introduction: str | None = None,
        face_url: str | None = None,
        organization: str | None = None,
        custom: str | None = None,
        max_subscribers: int | None = None,
        extra: Extra = None,
    ) -> Envelope:
        """Change what is given of the profile, within the limits of ``create``. Page 60757."""
        payload = {
            "Official_Account": check_account_id(account_id),
            "Name": name,
            "Introduction": introduction,
            "FaceUrl": face_url,
            "Organization": organization,
            "CustomString": custom,
            "MaxSubscriberNum": max_subscribers,
        }
        return self._call(OFFICIAL_ACCOUNT_MODIFY, payload, extra)

    def get_many(
        self, account_ids: Iterable[str], *, fields: Sequence[str] = (), extra: Extra = None
    ) -> BatchResult[OfficialAccount]:
        """Read profiles, 50 a call: all fields, or those named. Page 60758.

        The outcome of one that does not exist is the vendor's code, where it gives one.
        """
        filters = _filters(OfficialAccountBaseInfoFilter=fields)

        def payload(ids: list[str]) -> dict[str, Any]:
            rows = [{"Official_Account": account_id} for account_id in ids]
            return {"OfficialAccountIdList": rows, **filters}

        return self._batch(OFFICIAL_ACCOUNT_INFO, _keyed(account_ids), payload, _profiles, extra)

    def add_subscribers_many(
        self, account_id: str, user_ids: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[Subscribed]:
        """Subscribe accounts, 100 a call: each is "subscribed", or was "already".

        The service gives no reason for one that failed: its code is 10004. LimitReached
        (130006) when the official account is full. Page 60760.
        """
        check_account_id(account_id)

        def payload(ids: list[str]) -> dict[str, Any]:
            rows = [{"Subscriber_Account": user_id} for user_id in ids]
            return {"Official_Account": account_id, "SubscriberList": rows}

        def read(answer: SubscribersChanged, keys: list[str]) -> Iterator[Outcome[Subscribed]]:
            words: dict[int, Subscribed] = {_DONE: "subscribed", _NOTHING_TO_DO: "already"}
            for row in answer.get("SubscriberList") or ():
                yield _outcome(row["Subscriber_Account"], words.get(row["Result"]))

        return self._batch(SUBSCRIBER_ADD, keyed_users(user_ids), payload, read, extra)

    def delete_subscribers_many(
        self, account_id: str, user_ids: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[Unsubscribed]:
        """End subscriptions: each is "unsubscribed", or was "not_subscribed". Page 60761."""
        check_account_id(account_id)

        def payload(ids: list[str]) -> dict[str, Any]:
            return {"Official_Account": account_id, "SubscriberToDel_Account": ids}

        def read(answer: SubscribersChanged, keys: list[str]) -> Iterator[Outcome[Unsubscribed]]:
            words: dict[int, Unsubscribed] = {
                _DONE: "unsubscribed",
                _NOTHING_TO_DO: "not_subscribed",
            }
            for row in answer.get("SubscriberList") or ():
                yield _outcome(row["Subscriber_Account"], words.get(row["Result"]))

        return self._batch(SUBSCRIBER_DELETE, keyed_users(user_ids), payload, read, extra)

    def modify_subscriber(
        self, account_id: str, user_id: str, *, custom: str, extra: Extra = None
    ) -> Envelope:
        """Set a subscriber's custom text.

        Raises NotFound (131003) for an account that has not subscribed. Page 60762.
        """
        payload = {
            "Official_Account": check_account_id(account_id),
            "Subscriber_Account": check_user_id(user_id),
            "CustomString": custom,
        }
        return self._call(SUBSCRIBER_MODIFY, payload, extra)

    def get_subscribers_page(
        self, account_id: str, *, next_: str = "", limit: int | None = None, extra: Extra = None
    ) -> SubscriberPage:
        """One page of subscribers, 200 at most; ``next_`` begins and ends as "". Page 60759."""
        payload = {"Official_Account": check_account_id(account_id), "Next": next_, "Limit": limit}
        return self._page(SUBSCRIBER_LIST, payload, extra)

    def iterate_subscribers(self, account_id: str, *, extra: Extra = None) -> Iterator[Subscriber]:
        """All subscribers of ``get_subscribers_page``."""
        payload = {"Official_Account": check_account_id(account_id)}
        for page in self._pages(SUBSCRIBER_LIST, payload, extra):
            yield from page["SubscriberList"]

    def get_subscribed_page(
        self,
        user_id: str,
        *,
        offset: int = 0,
        limit: int | None = None,
        fields: Sequence[str] = (),
        own_fields: Sequence[str] = (),
        extra: Extra = None,
    ) -> SubscribedPage:
        """One page of the official accounts that an account has subscribed to, 200 at most.

        ``fields`` of the profile, ``own_fields`` (SubscribeTime, CustomString) of the
        subscription; none named are all. Page 60763.
        """
        payload = _subscribed_by(user_id, fields, own_fields)
        payload |= {"Limit": limit, "Offset": offset}
        return self._page(OFFICIAL_ACCOUNT_SUBSCRIBED_LIST, payload, extra)

    def iterate_subscribed(
        self,
        user_id: str,
        *,
        fields: Sequence[str] = (),
        own_fields: Sequence[str] = (),
        extra: Extra = None,
    ) -> Iterator[OfficialAccount]:
        """All official accounts of ``get_subscribed_page``."""
        payload = _subscribed_by(user_id, fields, own_fields)
        for page in self._pages(OFFICIAL_ACCOUNT_SUBSCRIBED_LIST, payload, extra):
            yield from page["OfficialAccountInfoList"]

    def send(
        self,
        account_id: str,
        message: Message,
        *,
        msg_random: int | None = None,
        cloud_custom_data: str | None = None,
        offline_push: OfflinePush | None = None,
        online_only: bool = False,
        control: Sequence[Literal["NoLastMsg"]] = (),
        forbid_callbacks: Sequence[ForbidCallbackControl] = (),
        extra: Extra = None,
    ) -> OfficialMessageSent:
        """Send a message to all subscribers; its key is in the answer.

        ``online_only`` reaches those online and is kept nowhere. The same content with the
        same ``msg_random`` within 5 minutes is dropped. An official account may send one
        message a second and two an hour. Raises Refused (10016) if the app's callback says
        no. Page 60810.
        """
        payload = {
            "Official_Account": check_account_id(account_id),
            "Random": message_number(msg_random),
            "MsgBody": message_body(message, cloud_custom_data),
            "CloudCustomData": cloud_custom_data,
            "OfflinePushInfo": offline_push,
            "OnlineOnlyFlag": 1 if online_only else None,
            "SendMsgControl": list(control) or None,
            "ForbidCallbackControl": list(forbid_callbacks) or None,
        }
        with naming(payload, "Random"):
            return self._call(OFFICIAL_MESSAGE_SEND, payload, extra)

    def get_history_page(
        self,
        account_id: str,
        *,
        last_msg_key: str | None = None,
        limit: int = HISTORY_PAGE,
        recalled: bool = False,
        extra: Extra = None,
    ) -> OfficialMessagePage:
        """One page of messages, 20 at most, the newest first.

        The next page is older: it has this one's LastMsgKey. With ``recalled``, those that
        were recalled are in it too, with IsPlaceMsg 2.
        """
        payload = _history_of(account_id, recalled=recalled)
        payload |= {"ReqMsgNumber": limit, "LastMsgKey": last_msg_key}
        return self._page(OFFICIAL_MESSAGE_HISTORY, payload, extra)

    def iterate_history(
        self, account_id: str, *, recalled: bool = False, extra: Extra = None
    ) -> Iterator[OfficialMessage]:
        """All messages of ``get_history_page``, as far back as they are kept."""
        payload = _history_of(account_id, recalled=recalled)
        for page in self._pages(OFFICIAL_MESSAGE_HISTORY, payload, extra):
            yield from page["RspMsgList"]

    def recall_many(
        self,
        account_id: str,
        msg_keys: Iterable[str],
        *,
        reason: str | None = None,
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Recall messages, 10 a call; ``reason`` has at most 100 bytes. Page 60811."""
        check_account_id(account_id)
        if isinstance(msg_keys, str):
            raise InvalidArgument("several MsgKeys are asked for, not one text")

        def payload(keys: list[str]) -> dict[str, Any]:
            fixed = {"Official_Account": account_id, "MsgKeyList": keys}
            return fixed if reason is None else {**fixed, "Reason": reason}

        def read(answer: OfficialMessagesRecalled, keys: list[str]) -> Iterator[Outcome[None]]:
            for row in answer.get("RecallRetList") or ():
                yield Outcome(row["MsgKey"], code=row["RetCode"])

        keyed = {key: key for key in msg_keys}
        return self._batch(OFFICIAL_MESSAGE_RECALL, keyed, payload, read, extra)


def check_account_id(account_id: str) -> str:
    """Return the official account's id; raise InvalidArgument unless it begins with @TOA#_."""
    if not isinstance(account_id, str) or len(account_id) <= len(PREFIX):
        raise InvalidArgument(f"an official account's ID is a text: {account_id!r}")
    if not account_id.startswith(PREFIX):
        raise InvalidArgument(f"an official account's ID begins with {PREFIX}: {account_id!r}")
    return account_id


def _keyed(account_ids: Iterable[str]) -> dict[str, str]:
    if isinstance(account_ids, str):
        raise InvalidArgument("several official accounts are asked for, not one text")
    return {check_account_id(account_id): account_id for account_id in account_ids}


def _filters(**fields: Sequence[str]) -> dict[str, Any]:
    """The ResponseFilter of what is named; without one, the answer has all fields."""
    found = {name: list(values) for name, values in fields.items() if values}
    return {"ResponseFilter": found} if found else {}


def _subscribed_by(
    user_id: str, fields: Sequence[str], own_fields: Sequence[str]
) -> dict[str, Any]:
    filters = _filters(OfficialAccountBaseInfoFilter=fields, SelfInfoFilter=own_fields)
    return {"Subscriber_Account": check_user_id(user_id), **filters}


def _history_of(account_id: str, *, recalled: bool) -> dict[str, Any]:
    wanted = {"WithRecalledMsg": 1} if recalled else {}
    return {"Official_Account": check_account_id(account_id), **wanted}


def _profiles(answer: OfficialAccountInfos, keys: list[str]) -> Iterator[Outcome[OfficialAccount]]:
    """The rows by id; by their places where the service's rows do not name themselves."""
    rows = answer.get("OfficialAccountInfoList") or []
    in_place = len(rows) == len(keys)
    for place, row in enumerate(rows):
        account_id = row.get("Official_Account") or (keys[place] if in_place else "")
        code = row.get("ErrorCode") or 0
        yield Outcome(account_id, None if code else row, code, row.get("ErrorInfo") or "")


def _outcome(user_id: str, word: T | None) -> Outcome[T]:
    """What became of a subscriber; a Result that is no success has no word."""
    if word is None:
        return Outcome(user_id, code=NO_REASON, info="the service gave no reason")
    return Outcome(user_id, word)
