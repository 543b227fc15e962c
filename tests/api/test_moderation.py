"""Moderation, over HTTP to the simulator."""

from __future__ import annotations

from typing import Any

import pytest

from django_tim.api.moderation import LocalKeywordToAdd
from django_tim.catalogue import (
    CLOUD_KEYWORD_ADD,
    CLOUD_KEYWORD_LIST,
    LOCAL_KEYWORD_LIST,
    MODERATION_CHECK,
    MODERATION_CHECK_MANY,
)
from django_tim.client.tim import Tim
from django_tim.exceptions import APIError, InvalidArgument, Refused, RequestRejected
from django_tim.simulator import Simulator
from tests.conftest import APP

STOP: LocalKeywordToAdd = {"Keyword": "[0-9]{11}", "WordType": 2, "FilterType": 2}
REPLACE: LocalKeywordToAdd = {
    "Keyword": "darn",
    "WordType": 1,
    "FilterType": 1,
    "ReplacedContent": "****",
}


@pytest.fixture
def libraries(tim: Tim) -> dict[str, str]:
    """The libraries' ids by what they suggest."""
    return {row["Suggestion"]: row["ID"] for row in tim.moderation.iterate_libraries()}


def test_the_verdict_comes_from_every_list(
    simulator: Simulator, tim: Tim, libraries: dict[str, str]
) -> None:
    simulator.state.sensitive_words.add("forbidden")
    tim.moderation.add_cloud_many(libraries["Review"], [{"Content": "watch", "Label": "Ad"}])
    tim.moderation.add_local_many([STOP, REPLACE]).raise_for_failures()
    verdicts = {
        text: tim.moderation.check(text)
        for text in ("fine", "a watch", "forbidden", "call 13800001111", "darn", "forbidden watch")
    }
    assert {text: one["Result"] for text, one in verdicts.items()} == {
        "fine": "Pass",
        "a watch": "Review",
        "forbidden": "Block",
        "call 13800001111": "Block",
        "darn": "Pass",
        "forbidden watch": "Block",
    }
    assert verdicts["a watch"]["Label"] == "Ad"
    assert verdicts["forbidden watch"]["Keywords"] == ["forbidden", "watch"]
    assert "Keywords" not in verdicts["fine"]
    assert simulator.requests[-1].body == {
        "AuditName": "C2C",
        "ContentType": "Text",
        "Content": "forbidden watch",
    }


def test_sounds_and_videos_are_checked_later(tim: Tim) -> None:
    answer = tim.moderation.check("https://example.com/a.mp3", content_type="Audio")
    assert answer["RequestId"]
    assert "Result" not in answer


def test_what_a_library_blocks_no_name_and_no_nick_may_hold(
    tim: Tim, libraries: dict[str, str]
) -> None:
    tim.accounts.import_one("ann")
    tim.moderation.add_cloud_many(libraries["Block"], ["casino"]).raise_for_failures()
    tim.moderation.add_cloud_many(libraries["Review"], ["poker"]).raise_for_failures()
    with pytest.raises(Refused) as caught:
        tim.profiles.set("ann", fields={"Tag_Profile_IM_Nick": "casino queen"})
    assert caught.value.code == 80001
    tim.profiles.set("ann", fields={"Tag_Profile_IM_Nick": "poker queen"})
    tim.moderation.delete_cloud_many(libraries["Block"], ["casino"]).raise_for_failures()
    tim.profiles.set("ann", fields={"Tag_Profile_IM_Nick": "casino queen"})


def test_many_contents(simulator: Simulator, tim: Tim) -> None:
    simulator.state.sensitive_words.add("bad")
    contents: list[Any] = [f"text {number}" for number in range(11)]
    contents[3] = "bad"
    contents[10] = {"ContentType": "Image", "Content": "https://example.com/bad.jpg"}
    result = tim.moderation.check_many(contents, audit_name="UserInfo")
    assert [outcome.item for outcome in result] == [str(number) for number in range(1, 12)]
    rows = [row for row in result.values() if row is not None]
    assert [row["ContentId"] for row in rows if row["Result"] == "Block"] == [4, 11]
    sent = [one.body for one in simulator.requests if one.path == MODERATION_CHECK_MANY.path]
    assert [len(body["Contents"]) for body in sent] == [10, 1]
    assert sent[1]["Contents"] == [{**contents[10], "ContentId": 11}]


@pytest.mark.parametrize(
    ("contents", "code"),
    [
        ([{"ContentId": 1, "ContentType": "Audio", "Content": "u"}], 93005),
        ([{"ContentId": 1, "ContentType": "Text", "Content": "a"}] * 2, 93007),
        ([{"ContentId": n, "ContentType": "Text", "Content": "a"} for n in range(11)], 93008),
    ],
)
def test_batches_that_are_refused(tim: Tim, contents: list[Any], code: int) -> None:
    with pytest.raises(RequestRejected) as caught:
        tim.call(MODERATION_CHECK_MANY, {"AuditName": "C2C", "Contents": contents})
    assert caught.value.code == code


def test_a_content_too_long_fails_alone(tim: Tim) -> None:
    rows = [
        {"ContentId": number, "ContentType": "Text", "Content": text}
        for number, text in enumerate(("a" * 8_193, "b"))
    ]
    answer = tim.call(MODERATION_CHECK_MANY, {"AuditName": "C2C", "Contents": rows})
    assert [row["ErrorCode"] for row in answer["AuditResults"]] == [93000, 0]
    with pytest.raises(RequestRejected):
        tim.call(MODERATION_CHECK, {"AuditName": "C2C", "ContentType": "x", "Content": "a"})


def test_a_librarys_words(simulator: Simulator, tim: Tim, libraries: dict[str, str]) -> None:
    library = libraries["Block"]
    words = [f"word {number}" for number in range(230)]
    tim.moderation.add_cloud_many(library, words).raise_for_failures()
    sent = [one.body for one in simulator.requests if one.path == CLOUD_KEYWORD_ADD.path]
    assert len(sent) == 23
    assert (sent[0]["SdkAppId"], sent[0]["LibID"]) == (APP["SDK_APP_ID"], library)
    assert [row["Content"] for row in tim.moderation.iterate_cloud(library)] == words
    offsets = [
        one.body["Offset"] for one in simulator.requests if one.path == CLOUD_KEYWORD_LIST.path
    ]
    assert offsets == [0, 100, 200]
    found = tim.moderation.get_cloud_page(library, content="word 22", limit=5)
    assert (found["TotalCount"], len(found["Infos"])) == (11, 5)
    deleted = tim.moderation.delete_cloud_many(library, ["word 1", "never there"])
    assert [outcome.code for outcome in deleted] == [0, 2100]
    assert tim.moderation.get_cloud_page(library)["TotalCount"] == 229


def test_the_local_words(simulator: Simulator, tim: Tim) -> None:
    tim.moderation.add_local_many([STOP, REPLACE]).raise_for_failures()
    assert simulator.requests[-1].body == {
        "SdkAppId": APP["SDK_APP_ID"],
        "LocalAuditWords": [STOP, REPLACE],
    }
    rows = list(tim.moderation.iterate_local())
    assert [row["Keyword"] for row in rows] == ["[0-9]{11}", "darn"]
    page = tim.moderation.get_local_page(filter_type=1)
    assert (page["TotalCount"], page["LocalAuditWords"][0]["ReplacedContent"]) == (1, "****")
    counts = tim.moderation.get_local_page(limit=1)
    assert (counts["TotalCount"], counts["TotalRegCount"], counts["CurCount"]) == (2, 1, 1)
    tim.moderation.delete_local_many([STOP])
    assert [row["Keyword"] for row in tim.moderation.iterate_local(keyword="a")] == ["darn"]


def test_what_the_service_refuses(tim: Tim, libraries: dict[str, str]) -> None:
    broken: LocalKeywordToAdd = {"Keyword": "(", "WordType": 2, "FilterType": 2}
    assert tim.moderation.add_local_many([broken]).outcomes[0].code == 2003
    assert list(tim.moderation.iterate_local()) == []
    with pytest.raises(APIError) as caught:
        tim.moderation.get_cloud_page("no such library")
    assert caught.value.code == 2003
    with pytest.raises(RequestRejected) as caught:
        tim.call(LOCAL_KEYWORD_LIST, {"SdkAppId": 1, "Offset": 0, "Limit": 100})
    assert caught.value.code == 2003
    words = [{"Content": str(number)} for number in range(11)]
    fixed = {"SdkAppId": APP["SDK_APP_ID"], "LibID": libraries["Block"]}
    with pytest.raises(APIError) as caught:
        tim.call(CLOUD_KEYWORD_ADD, {**fixed, "UserKeywords": words})
    assert caught.value.code == 2016


def test_what_is_refused_before_the_wire(simulator: Simulator, tim: Tim) -> None:
    wrong: list[Any] = [
        lambda: tim.moderation.check(""),
        lambda: tim.moderation.check("语" * 2_731),
        lambda: tim.moderation.check("a", audit_name="Everything"),  # type: ignore[arg-type]
        lambda: tim.moderation.check_many("a"),
        lambda: tim.moderation.check_many([]),
        lambda: tim.moderation.check_many([{"ContentType": "Image"}]),
        lambda: tim.moderation.add_cloud_many("library", [{"Label": "Ad"}]),
        lambda: tim.moderation.add_cloud_many("library", "word"),
        lambda: tim.moderation.delete_cloud_many("library", []),
        lambda: tim.moderation.add_local_many([REPLACE, {**REPLACE, "FilterType": 2}]),
    ]
    for call in wrong:
        with pytest.raises(InvalidArgument):
            call()
    assert not simulator.requests
