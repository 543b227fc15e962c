"""Operations: address list, message archives, statistics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Final, Literal, get_args

from django_tim.answers import ArchiveFile, ChatType, StatisticsField
from django_tim.catalogue import APP_STATISTICS, IP_LIST, MESSAGE_ARCHIVE
from django_tim.client.area import Area, Extra, checked_literal
from django_tim.exceptions import InvalidArgument

BEIJING: Final = timezone(timedelta(hours=8))
"""The zone of the vendor's hours and days."""

NetType = Literal[
    "all",
    "sdk_china",
    "sdk_overseas",
    "web_china",
    "web_overseas",
    "callbacks_china",
    "callbacks_overseas",
]


class Operations(Area):
    """Facts about the app and the service: ``ConfigSvc``, ``open_msg_svc``, ``getappinfo``."""

    def get_ips(self, *, net_type: NetType = "all", extra: Extra = None) -> list[str]:
        """The service's addresses and ranges, for a firewall; they change, so ask again.

        ``net_type``: those that the native or the web SDKs call, or those that callbacks
        come from, in China (with Hong Kong) or overseas. Page 36742.
        """
        if net_type not in get_args(NetType):
            raise InvalidArgument(f"net_type is one of {', '.join(get_args(NetType))}")
        number = get_args(NetType).index(net_type)
        answer = self._tim.call(IP_LIST, dict(extra or {}), query={"nettype": str(number)})
        return answer.get("IPList") or []

    def get_archive(
        self, chat_type: ChatType, hour: datetime | str, *, extra: Extra = None
    ) -> list[ArchiveFile]:
        """The files with all messages of an hour, for backups; they are kept for seven days.

        ``hour``: an aware datetime, or Beijing's yyyymmddHH. Raises NotFound (1004) for an
        hour that is not ready (an hour or so after its end) or without messages, 1005 for
        one that is too old. ExpireTime is the URL's, FileMD5 the unpacked file's. Page 34885.
        """
        payload = {
            "ChatType": checked_literal("chat_type", chat_type, get_args(ChatType)),
            "MsgTime": _hour(hour),
        }
        return self._call(MESSAGE_ARCHIVE, payload, extra)["File"]

    def get_statistics(
        self, *, fields: Sequence[StatisticsField] = (), extra: Extra = None
    ) -> list[dict[str, str]]:
        """The last 30 days' numbers, a row a day: all of them, or the ``fields`` named.

        Every value is a text; Date is yyyymmdd in Beijing's time. Page 34886.
        """
        if isinstance(fields, str):
            raise InvalidArgument("several fields are asked for, not one text")
        known = get_args(StatisticsField)
        wanted = [checked_literal("a field", field, known) for field in fields]
        return self._call(APP_STATISTICS, {"RequestField": wanted or None}, extra)["Result"]


def _hour(hour: datetime | str) -> str:
    if isinstance(hour, datetime):
        if hour.tzinfo is None:
            raise InvalidArgument("hour has no time zone: which hour it is in Beijing is unknown")
        return hour.astimezone(BEIJING).strftime("%Y%m%d%H")
    if not isinstance(hour, str) or len(hour) != 10 or not hour.isdecimal():
        raise InvalidArgument(f"hour is an aware datetime or yyyymmddHH, not {hour!r}")
    return hour
