"""Profiles: tags of an account, read and set."""

from __future__ import annotations

from typing import Any

from django_tim.answers import Envelope, Profiles
from django_tim.catalogue import PROFILE_GET, PROFILE_SET

from .body import Body, size
from .refusals import Refusal
from .registry import OK, simulates
from .state import State

_CUSTOM = "Tag_Profile_Custom_"
_NUMBERS = {
    "Tag_Profile_IM_BirthDay",
    "Tag_Profile_IM_Language",
    "Tag_Profile_IM_Level",
    "Tag_Profile_IM_Role",
}
_CHOICES = {
    "Tag_Profile_IM_Gender": (
        "Gender_Type_Unknown",
        "Gender_Type_Female",
        "Gender_Type_Male",
    ),
    "Tag_Profile_IM_AllowType": (
        "AllowType_Type_NeedConfirm",
        "AllowType_Type_AllowAny",
        "AllowType_Type_DenyAny",
    ),
    "Tag_Profile_IM_AdminForbidType": ("AdminForbid_Type_None", "AdminForbid_Type_SendOut"),
}
_TEXTS = {
    "Tag_Profile_IM_Nick",
    "Tag_Profile_IM_Image",
    "Tag_Profile_IM_Location",
    "Tag_Profile_IM_SelfSignature",
    "Tag_Profile_IM_MsgSettings",
}
KNOWN = _NUMBERS | _CHOICES.keys() | _TEXTS


@simulates(PROFILE_GET)
def portrait_get(state: State, body: Body) -> Profiles:
    tags = body.texts("TagList")
    users = body.user_ids("To_Account")
    if len(users) > 100:
        raise Refusal(40001, "To_Account holds more than 100 accounts")
    rows: list[Any] = []
    failed = []
    for user_id in users:
        account = state.accounts.get(user_id)
        if account is None:
            failed.append(user_id)
            rows.append({"To_Account": user_id, "ResultCode": 40003, "ResultInfo": "not imported"})
            continue
        profile = account.peek_tags()
        items = [{"Tag": tag, "Value": profile[tag]} for tag in tags if tag in profile]
        rows.append(
            {"To_Account": user_id, "ProfileItem": items, "ResultCode": 0, "ResultInfo": ""}
        )
    answer: Profiles = {**OK, "UserProfileItem": rows, "ErrorDisplay": ""}
    if failed:
        answer["Fail_Account"] = failed
    return answer


@simulates(PROFILE_SET)
def portrait_set(state: State, body: Body) -> Envelope:
    account = state.account(body.user_id("From_Account"), 40003)
    changes = {}
    for item in body.objects("ProfileItem"):
        tag = item.text("Tag")
        changes[tag] = _value(tag, item)
    state.refuse_sensitive(*(value for value in changes.values() if isinstance(value, str)))
    account.tags.update(changes)
    about = {"Operator_Account": state.caller.user_id, "From_Account": account.user_id}
    items = [{"Tag": tag, "Value": value} for tag, value in changes.items()]
    state.tell("Profile.CallbackPortraitSet", {**about, "ProfileItem": items})
    return OK


def _value(tag: str, item: Body) -> str | int:
    if tag in _NUMBERS:
        number: int = item.number("Value")
        return number
    if tag in _CHOICES:
        chosen: str = item.choice("Value", _CHOICES[tag])
        return chosen
    if tag not in _TEXTS and not tag.startswith(_CUSTOM):
        raise Refusal(40001, f"the tag {tag} does not exist")
    text: str | int = item.number("Value") if _is_number(item) else item.text("Value")
    if isinstance(text, str) and size(text) > 500:
        raise Refusal(40601, f"{tag} is longer than 500 bytes")
    return text


def _is_number(item: Body) -> bool:
    try:
        item.number("Value")
    except Refusal:
        return False
    return True
