"""Profiles: the fields of accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from django_tim.answers import Envelope
from django_tim.answers import Profiles as ProfilesAnswer
from django_tim.catalogue import PROFILE_GET, PROFILE_SET
from django_tim.client.area import Area, Extra
from django_tim.client.batch import BatchResult, Outcome
from django_tim.exceptions import InvalidArgument

from .ids import check_user_id, keyed_users

STANDARD_TAGS = (
    "Tag_Profile_IM_Nick",
    "Tag_Profile_IM_Gender",
    "Tag_Profile_IM_BirthDay",
    "Tag_Profile_IM_Location",
    "Tag_Profile_IM_SelfSignature",
    "Tag_Profile_IM_AllowType",
    "Tag_Profile_IM_Language",
    "Tag_Profile_IM_Image",
    "Tag_Profile_IM_MsgSettings",
    "Tag_Profile_IM_AdminForbidType",
    "Tag_Profile_IM_Level",
    "Tag_Profile_IM_Role",
)

Profile = dict[str, str | int]


class Profiles(Area):
    """The area ``profile``."""

    def get_many(
        self,
        user_ids: Iterable[str],
        *,
        tags: Iterable[str] = STANDARD_TAGS,
        extra: Extra = None,
    ) -> BatchResult[Profile]:
        """Read profiles as {tag: value}, 100 a call; fields that were never set are left out.

        ``tags`` names the fields; the app's own ones (``Tag_Profile_Custom_…``) come only
        when named. Page 34917.
        """
        wanted = list(tags)

        def read(answer: ProfilesAnswer, keys: list[str]) -> Iterator[Outcome[Profile]]:
            for row in answer.get("UserProfileItem") or ():
                fields = {item["Tag"]: item["Value"] for item in row.get("ProfileItem") or ()}
                code, info = row.get("ResultCode") or 0, row.get("ResultInfo") or ""
                yield Outcome(row["To_Account"], None if code else fields, code, info)

        return self._batch(
            PROFILE_GET,
            keyed_users(user_ids),
            lambda ids: {"To_Account": ids, "TagList": wanted},
            read,
            extra,
        )

    def set(
        self, user_id: str, *, fields: Mapping[str, str | int], extra: Extra = None
    ) -> Envelope:
        """Set fields of a profile, given as {tag: value}.

        Texts have at most 500 bytes (Location 16); BirthDay, Language, MsgSettings, Level and
        Role are unsigned 32-bit integers. Raises RequestRejected for an unknown tag (40009),
        a value too long (40601), not allowed (40605) or of the wrong type (40610). Page 34916.
        """
        if not fields:
            raise InvalidArgument("no profile field was given")
        items = [{"Tag": tag, "Value": value} for tag, value in fields.items()]
        payload = {"From_Account": check_user_id(user_id), "ProfileItem": items}
        return self._call(PROFILE_SET, payload, extra)
