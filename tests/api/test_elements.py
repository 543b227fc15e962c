"""Message bodies: every element as the vendor's page shows it, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from django_tim.api import elements
from django_tim.api.elements import MESSAGE_BYTES, Element, message_body
from django_tim.exceptions import InvalidArgument

RELAYED: Any = {
    "From_Account": "ann",
    "GroupId": "club",
    "MsgSeq": 85,
    "MsgRandom": 3998651049,
    "MsgTimeStamp": 1664437702,
    "MsgBody": [elements.text("hello")],
}


@pytest.mark.parametrize(
    ("element", "msg_type", "content"),
    [
        (elements.text("hi"), "TIMTextElem", {"Text": "hi"}),
        (
            elements.location(29.34, 116.77, description="bridge"),
            "TIMLocationElem",
            {"Desc": "bridge", "Latitude": 29.34, "Longitude": 116.77},
        ),
        (elements.face(1, data="smile"), "TIMFaceElem", {"Index": 1, "Data": "smile"}),
        (
            elements.custom("{}", description="a gift", ext="url", sound="ding.aiff"),
            "TIMCustomElem",
            {"Data": "{}", "Desc": "a gift", "Ext": "url", "Sound": "ding.aiff"},
        ),
        (
            elements.sound("https://e.com/a", uuid="1053", seconds=3, size=62351),
            "TIMSoundElem",
            {
                "Url": "https://e.com/a",
                "UUID": "1053",
                "Size": 62351,
                "Second": 3,
                "Download_Flag": 2,
            },
        ),
        (
            elements.image(
                [{"Type": 1, "URL": "https://e.com/0", "Width": 2448, "Height": 3264}],
                uuid="1853",
                image_format="png",
            ),
            "TIMImageElem",
            {
                "UUID": "1853",
                "ImageFormat": 3,
                "ImageInfoArray": [
                    {"Type": 1, "URL": "https://e.com/0", "Width": 2448, "Height": 3264}
                ],
            },
        ),
        (
            elements.file("https://e.com/f", uuid="1053", name="a.pdf", size=1773552),
            "TIMFileElem",
            {
                "Url": "https://e.com/f",
                "UUID": "1053",
                "FileSize": 1773552,
                "FileName": "a.pdf",
                "Download_Flag": 2,
            },
        ),
        (
            elements.video(
                "https://e.com/v",
                uuid="5da3",
                seconds=5,
                size=1194603,
                thumb_url="https://e.com/t",
                thumb_uuid="6eda",
                thumb_width=720,
                thumb_height=1280,
                thumb_size=13907,
            ),
            "TIMVideoFileElem",
            {
                "VideoUrl": "https://e.com/v",
                "VideoUUID": "5da3",
                "VideoSize": 1194603,
                "VideoSecond": 5,
                "VideoFormat": "mp4",
                "VideoDownloadFlag": 2,
                "ThumbUrl": "https://e.com/t",
                "ThumbUUID": "6eda",
                "ThumbSize": 13907,
                "ThumbWidth": 720,
                "ThumbHeight": 1280,
                "ThumbFormat": "JPG",
                "ThumbDownloadFlag": 2,
            },
        ),
        (
            elements.relay(
                "Chat", [RELAYED], abstracts=["ann: hello"], compatible_text="Please upgrade"
            ),
            "TIMRelayElem",
            {
                "Title": "Chat",
                "MsgNum": 1,
                "CompatibleText": "Please upgrade",
                "AbstractList": ["ann: hello"],
                "MsgList": [RELAYED],
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_element_is_what_the_page_shows(
    element: Element, msg_type: str, content: dict[str, Any]
) -> None:
    assert element == {"MsgType": msg_type, "MsgContent": content}
    assert message_body(element) == [element]


def test_a_streams_element_is_sent_by_streams_only() -> None:
    chunk: Any = {"EventType": "data", "Index": 1, "Markdown": "Hel", "IsLast": False}
    element = elements.stream([chunk], compatible_text="Please upgrade")
    assert element["MsgContent"] == {"Chunks": [chunk], "CompatibleText": "Please upgrade"}
    with pytest.raises(InvalidArgument, match="TIMStreamElem"):
        message_body(element)


def test_a_plain_text_is_a_message() -> None:
    assert message_body("早 🎉") == [elements.text("早 🎉")]


def test_several_elements_are_one_message() -> None:
    both = [elements.text("look"), elements.face(2)]
    assert message_body(both) == both


@pytest.mark.parametrize(
    "message",
    [
        [],
        [elements.custom("a"), elements.custom("b")],
        {"MsgType": "TIMTextElm", "MsgContent": {"Text": "misspelt"}},
        ["a", "b"],
        "\ud800",
    ],
)
def test_what_is_no_message(message: Any) -> None:
    with pytest.raises(InvalidArgument):
        message_body(message)


def test_the_size_counts_bytes_not_characters() -> None:
    around = len('{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":""}}]}')
    room = MESSAGE_BYTES - around
    assert message_body("a" * room)
    with pytest.raises(InvalidArgument, match="12288 bytes"):
        message_body("a" * (room + 1))
    with pytest.raises(InvalidArgument, match="bytes"):
        message_body("早" * (room // 3 + 1))


def test_cloud_custom_data_counts_as_part_of_the_message() -> None:
    assert message_body("hi", "早" * 4_000)
    with pytest.raises(InvalidArgument, match="bytes"):
        message_body("hi", "早" * 4_096)


def test_what_is_refused_when_it_is_built() -> None:
    with pytest.raises(InvalidArgument):
        elements.image([], uuid="1")
    with pytest.raises(InvalidArgument):
        elements.image(
            [{"Type": 1, "URL": "u", "Width": 1, "Height": 1}],
            uuid="1",
            image_format="tiff",  # type: ignore[arg-type]  # what mypy would refuse
        )
    with pytest.raises(InvalidArgument):
        elements.relay("Chat", [], abstracts=[], compatible_text="")
    with pytest.raises(InvalidArgument):
        elements.stream([], compatible_text="")


def test_an_offline_push() -> None:
    assert elements.offline_push(
        title="Ann",
        description="sent you a gift",
        ext='{"gift": 7}',
        android={"Sound": "ding.mp3", "HuaWeiImportance": "NORMAL"},
        apple={"BadgeMode": 1, "InterruptionLevel": "active"},
    ) == {
        "PushFlag": 0,
        "Title": "Ann",
        "Desc": "sent you a gift",
        "Ext": '{"gift": 7}',
        "AndroidInfo": {"Sound": "ding.mp3", "HuaWeiImportance": "NORMAL"},
        "ApnsInfo": {"BadgeMode": 1, "InterruptionLevel": "active"},
    }
    assert elements.offline_push(push=False) == {"PushFlag": 1}
