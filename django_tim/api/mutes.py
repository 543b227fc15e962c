"""Global mutes: who may not send, one-to-one or in any group."""

from __future__ import annotations

from django_tim.answers import AccountMute, Envelope
from django_tim.catalogue import ACCOUNT_MUTE_GET, ACCOUNT_MUTE_SET
from django_tim.client.area import Area, Extra
from django_tim.exceptions import InvalidArgument

from .group_members import check_seconds
from .ids import check_user_id


class Mutes(Area):
    """The mutes of ``openconfigsvr``; those in one group are ``tim.group_members``'."""

    def get(self, user_id: str, *, extra: Extra = None) -> AccountMute:
        """How many seconds an account's mutes still last; 4294967295 never ends. Page 34924."""
        return self._call(ACCOUNT_MUTE_GET, {"Get_Account": check_user_id(user_id)}, extra)

    def set(
        self,
        user_id: str,
        *,
        message_seconds: int | None = None,
        group_seconds: int | None = None,
        extra: Extra = None,
    ) -> Envelope:
        """Mute an account from now on, for one-to-one messages, for groups, or both.

        Seconds: 0 unmutes, 4294967295 never ends; what is not given stays as it is. Page 34923.
        """
        if message_seconds is None and group_seconds is None:
            raise InvalidArgument("give message_seconds, group_seconds or both")
        payload = {
            "Set_Account": check_user_id(user_id),
            "C2CmsgNospeakingTime": _checked(message_seconds),
            "GroupmsgNospeakingTime": _checked(group_seconds),
        }
        return self._call(ACCOUNT_MUTE_SET, payload, extra)


def _checked(seconds: int | None) -> int | None:
    return None if seconds is None else check_seconds(seconds)
