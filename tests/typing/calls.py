"""Calls as a host project writes them, for mypy: each wrong one says which error it has to be.

Not run, and not checked with the rest: ``test_typing.py`` gives it to mypy.
"""

from __future__ import annotations

from typing import assert_type

from django_tim import catalogue
from django_tim.answers import GroupCreated, GroupInfo, GroupPage
from django_tim.api import elements
from django_tim.client.batch import BatchResult
from django_tim.client.tim import Tim


def right(tim: Tim) -> None:
    created = tim.groups.create(group_type="Public", name="Readers", owner="ann")
    assert_type(created, GroupCreated)
    assert_type(created["GroupId"], str)
    assert_type(tim.groups.get_many(["club"]), BatchResult[GroupInfo])
    assert_type(tim.call(catalogue.GROUP_LIST, {"Limit": 2}), GroupPage)
    assert_type(tim.call(catalogue.GROUP_LIST)["TotalCount"], int)
    for group_id in tim.groups.iterate(group_type="Community"):
        assert_type(group_id, str)
    for outcome in tim.group_members.add_many("club", ["bob"]):
        if outcome.value == "pending":
            assert outcome.ok
    tim.group_members.modify("club", "bob", role="Admin", extra={"New": 1})
    tim.messages.send("ann", "hello")
    tim.messages.send("ann", elements.text("hello"))


def a_wrong_literal(tim: Tim) -> None:
    tim.groups.create(group_type="public", name="Readers")  # error: arg-type
    tim.groups.modify("club", mute_all_member="on")  # error: arg-type
    tim.group_members.modify("club", "bob", role="Owner")  # error: arg-type
    tim.groups.search(["club"], group_types=["Work"])  # error: list-item


def a_missing_argument(tim: Tim) -> None:
    tim.groups.create(group_type="Public")  # error: call-arg
    tim.group_members.mute_many("club", ["bob"])  # error: call-arg
    tim.groups.change_owner("club")  # error: call-arg
    tim.messages.send("ann")  # error: call-arg


def a_misspelt_argument(tim: Tim) -> None:
    tim.groups.create(group_type="Public", nmae="Readers", name="x")  # error: call-arg
    tim.accounts.import_one("ann", nickname="Ann")  # error: call-arg
    tim.group_members.mute_many("club", ["bob"], seconds=1, second=1)  # error: call-arg


def an_argument_that_has_to_be_named(tim: Tim) -> None:
    tim.groups.modify("club", "Readers")  # error: call-arg
    tim.groups.change_owner("club", "bob")  # error: call-arg


def a_misspelt_answer_key(tim: Tim) -> None:
    created = tim.groups.create(group_type="Public", name="Readers")
    assert created["GroupID"]  # error: typeddict-item
    assert tim.call(catalogue.GROUP_LIST)["Total"]  # error: typeddict-item
    for page in tim.group_members.iterate_pages("club"):
        assert page["MemberList"][0]["Member_account"]  # error: typeddict-item
    (group,) = tim.groups.get_many(["club"]).values()
    assert group["Name"]  # error: index


def an_unknown_name(tim: Tim) -> None:
    tim.groups.make(group_type="Public")  # error: attr-defined
    tim.group.create(group_type="Public", name="x")  # error: attr-defined
    tim.call("group_open_http_svc/create_group")  # error: arg-type
    tim.accounts.import_many([{"UserID": "ann", "Nickname": "Ann"}])  # error: list-item
