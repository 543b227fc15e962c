"""Topics of Communities: create, import, read, change, dissolve.

They are there in Communities that were created with ``support_topic``, at most 200 in each.
Messages go to a topic by ``topic_id`` in the calls of ``group_messages``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

from django_tim.answers import (
    Envelope,
    OnOff,
    TopicAndSelf,
    TopicCreated,
    TopicInfos,
    TopicsDissolved,
)
from django_tim.catalogue import (
    TOPIC_CREATE,
    TOPIC_DISSOLVE,
    TOPIC_IMPORT,
    TOPIC_INFO,
    TOPIC_MODIFY,
)
from django_tim.client.area import Area, Extra, checked_literal, normalised, readable
from django_tim.client.batch import BatchResult, Outcome
from django_tim.exceptions import InvalidArgument
from django_tim.exceptions import said as _

from .ids import check_group_id, check_user_id, keyed_groups

_RENAMED = {"ShutUpAllMember": "MuteAllMember"}
_RENAMED_OF_SELF = {"ShutUpTime": "MuteTime"}


class Topics(Area):
    """The topics' part of ``million_group_open_http_svc``, and ``import_topic``."""

    def create(
        self,
        group_id: str,
        *,
        name: str,
        topic_id: str | None = None,
        creator: str | None = None,
        introduction: str | None = None,
        notification: str | None = None,
        face_url: str | None = None,
        custom_string: str | None = None,
        extra: Extra = None,
    ) -> TopicCreated:
        """Create a topic and return its id.

        Without ``topic_id`` the service chooses one, and a repeat makes a second topic; an
        own one is the GroupId, "@TOPIC#_" and an own part. ``name``: at most 30 bytes;
        ``introduction`` 240, ``notification`` 300, ``face_url`` 100, ``custom_string``
        3,000. Page 78203 of the Chinese documentation.
        """
        payload = _texts(name, introduction, notification, face_url, custom_string)
        payload |= _new_topic(group_id, name, topic_id, creator)
        return self._call(TOPIC_CREATE, payload, extra)

    def import_one(
        self,
        group_id: str,
        *,
        name: str,
        topic_id: str | None = None,
        creator: str | None = None,
        create_time: int | None = None,
        introduction: str | None = None,
        notification: str | None = None,
        face_url: str | None = None,
        custom_string: str | None = None,
        extra: Extra = None,
    ) -> TopicCreated:
        """Create a topic as it was elsewhere, ``create_time`` in Unix seconds. Page 53448."""
        payload = _texts(name, introduction, notification, face_url, custom_string)
        payload |= _new_topic(group_id, name, topic_id, creator)
        return self._call(TOPIC_IMPORT, payload | {"CreateTime": create_time}, extra)

    def get_many(
        self,
        group_id: str,
        topic_ids: Iterable[str],
        *,
        user_id: str,
        fields: Sequence[str] = (),
        extra: Extra = None,
    ) -> BatchResult[TopicAndSelf]:
        """These topics, and what concerns ``user_id`` in each; 110003 for one that is gone.

        ``fields`` narrows TopicInfo to these. Page 49469.
        """
        asked = _asked(group_id, user_id, fields)
        return self._batch(
            TOPIC_INFO,
            keyed_groups(topic_ids),
            lambda ids: {**asked, "TopicIdList": ids},
            _topics,
            extra,
        )

    def iterate(
        self,
        group_id: str,
        *,
        user_id: str,
        fields: Sequence[str] = (),
        extra: Extra = None,
    ) -> Iterator[TopicAndSelf]:
        """All topics of a Community, in one call, and what concerns ``user_id`` in each."""
        answer = self._call(TOPIC_INFO, _asked(group_id, user_id, fields), extra)
        with readable(TOPIC_INFO):
            rows = [_readable_row(row) for row in answer.get("TopicAndSelfInfo") or ()]
        yield from rows

    def modify(
        self,
        group_id: str,
        topic_id: str,
        *,
        name: str | None = None,
        introduction: str | None = None,
        notification: str | None = None,
        face_url: str | None = None,
        custom_string: str | None = None,
        mute_all_member: OnOff | None = None,
        operator: str | None = None,
        extra: Extra = None,
    ) -> Envelope:
        """Change what is given of a topic, within the limits of ``create``. Page 49468."""
        payload = _texts(name, introduction, notification, face_url, custom_string)
        payload |= {
            "GroupId": check_group_id(group_id),
            "TopicId": check_group_id(topic_id),
            "From_Account": None if operator is None else check_user_id(operator),
            "MuteAllMember": checked_literal("MuteAllMember", mute_all_member, get_args(OnOff)),
        }
        return self._call(TOPIC_MODIFY, payload, extra)

    def dissolve_many(
        self, group_id: str, topic_ids: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Dissolve topics, with their messages; 110003 for one that is gone. Page 49470."""
        check_group_id(group_id)

        def read(answer: TopicsDissolved, keys: list[str]) -> Iterator[Outcome[None]]:
            for row in answer.get("DestroyResultItem") or ():
                yield Outcome(
                    row["TopicId"], code=int(row["ErrorCode"]), info=row.get("ErrorInfo") or ""
                )

        return self._batch(
            TOPIC_DISSOLVE,
            keyed_groups(topic_ids),
            lambda ids: {"GroupId": group_id, "TopicIdList": ids},
            read,
            extra,
        )


def _new_topic(
    group_id: str, name: str, topic_id: str | None, creator: str | None
) -> dict[str, Any]:
    if not name:
        raise InvalidArgument(_("a topic needs a name"))
    return {
        "GroupId": check_group_id(group_id),
        "TopicId": None if topic_id is None else check_group_id(topic_id),
        "From_Account": None if creator is None else check_user_id(creator),
    }


def _texts(
    name: str | None,
    introduction: str | None,
    notification: str | None,
    face_url: str | None,
    custom_string: str | None,
) -> dict[str, Any]:
    return {
        "TopicName": name,
        "Introduction": introduction,
        "Notification": notification,
        "FaceUrl": face_url,
        "CustomString": custom_string,
    }


def _asked(group_id: str, user_id: str, fields: Sequence[str]) -> dict[str, Any]:
    return {
        "GroupId": check_group_id(group_id),
        "From_Account": check_user_id(user_id),
        "ResponseFilter": list(fields) or None,
    }


def _topics(answer: TopicInfos, keys: list[str]) -> Iterator[Outcome[TopicAndSelf]]:
    for row in answer.get("TopicAndSelfInfo") or ():
        code = int(row.get("ErrorCode") or 0)
        value = None if code else _readable_row(row)
        yield Outcome(row["TopicInfo"]["TopicId"], value, code, row.get("ErrorInfo") or "")


def _readable_row(row: TopicAndSelf) -> TopicAndSelf:
    normalised(row["TopicInfo"], _RENAMED)
    normalised(row.get("SelfInfo", {}), _RENAMED_OF_SELF)
    return row
