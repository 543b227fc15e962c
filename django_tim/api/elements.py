"""The elements that a message's body is made of, and what is pushed to those offline.

Every builder returns an element as the wire has it; a message is one of them, several, or a
plain text. Page 33527.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NotRequired, TypedDict, get_args

from django_tim.client.usersig import utf8_length
from django_tim.client.wire import encode
from django_tim.exceptions import InvalidArgument
from django_tim.exceptions import said as _

MESSAGE_BYTES: Final = 12 * 1024
STREAM_BYTES: Final = 128 * 1024

ElementType = Literal[
    "TIMTextElem",
    "TIMLocationElem",
    "TIMFaceElem",
    "TIMCustomElem",
    "TIMSoundElem",
    "TIMImageElem",
    "TIMFileElem",
    "TIMVideoFileElem",
    "TIMRelayElem",
]
_STREAM: Final = "TIMStreamElem"
# Clients download what has a URL only if this flag stands beside it.
_BY_URL: Final = 2

ImageFormat = Literal["jpg", "gif", "png", "bmp", "other"]
_IMAGE_FORMATS: Final[dict[ImageFormat, int]] = {
    "jpg": 1,
    "gif": 2,
    "png": 3,
    "bmp": 4,
    "other": 255,
}


class Element(TypedDict):
    """One element of a message's body, as the wire has it."""

    MsgType: str
    MsgContent: Mapping[str, Any]


Message = str | Element | Sequence[Element]


class ImageInfo(TypedDict):
    """One size of a picture. Type: 1 original, 2 large, 3 thumbnail; Size in bytes."""

    Type: Literal[1, 2, 3]
    URL: str
    Width: int
    Height: int
    Size: NotRequired[int]


class RelayedMessage(TypedDict):
    """A message that is forwarded, from a person (To_Account) or from a group (GroupId)."""

    From_Account: str
    To_Account: NotRequired[str]
    GroupId: NotRequired[str]
    MsgSeq: int
    MsgRandom: int
    MsgTimeStamp: int
    MsgBody: Sequence[Element]
    CloudCustomData: NotRequired[str]


class StreamChunk(TypedDict):
    """A piece of a streamed message; ``Index`` grows from 1."""

    EventType: str
    Index: int
    Markdown: str
    IsLast: bool


class AndroidPush(TypedDict, total=False):
    """``AndroidInfo`` of an offline push; each maker's phones have fields of their own."""

    Sound: str
    PushStyle: Literal[0, 1]
    HuaWeiChannelID: str
    XiaoMiChannelID: str
    OPPOChannelID: str
    GoogleChannelID: str
    VIVOClassification: Literal[0, 1]
    VIVOCategory: str
    HuaWeiImportance: Literal["LOW", "NORMAL"]
    HuaWeiCategory: str
    HuaWeiImage: str
    HonorImage: str
    HonorImportance: Literal["LOW", "NORMAL"]
    GoogleImage: str
    ExtAsHuaweiIntentParam: Literal[0, 1]


class ApplePush(TypedDict, total=False):
    """``ApnsInfo`` of an offline push. BadgeMode 1 leaves the badge's number as it is."""

    Sound: str
    BadgeMode: Literal[0, 1]
    Title: str
    SubTitle: str
    Image: str
    MutableContent: Literal[0, 1]
    InterruptionLevel: Literal["active", "critical", "passive", "time-sensitive"]
    ContentAvailable: Literal[0, 1]


class OfflinePush(TypedDict, total=False):
    """``OfflinePushInfo``: what those who are offline are shown. PushFlag 1 pushes nothing."""

    PushFlag: Literal[0, 1]
    Title: str
    Desc: str
    Ext: str
    AndroidInfo: AndroidPush
    ApnsInfo: ApplePush


def text(content: str) -> Element:
    """A text."""
    return _element("TIMTextElem", Text=content)


def location(latitude: float, longitude: float, *, description: str = "") -> Element:
    """A place, in degrees."""
    return _element("TIMLocationElem", Desc=description, Latitude=latitude, Longitude=longitude)


def face(index: int, *, data: str = "") -> Element:
    """An emoticon of the app's own numbering."""
    return _element("TIMFaceElem", Index=index, Data=data)


def custom(
    data: str, *, description: str = "", ext: str | None = None, sound: str | None = None
) -> Element:
    """Data of the app's own, which only its clients understand; at most one in a message.

    ``description`` is what an offline push shows: without it, or a push of the message's
    own, nothing is pushed.
    """
    return _element("TIMCustomElem", Data=data, Desc=description, Ext=ext, Sound=sound)


def sound(url: str, *, uuid: str, seconds: int, size: int) -> Element:
    """A recording. ``uuid``: unique, usually the file's MD5; ``size`` in bytes."""
    return _element(
        "TIMSoundElem", Url=url, UUID=uuid, Size=size, Second=seconds, Download_Flag=_BY_URL
    )


def image(sizes: Sequence[ImageInfo], *, uuid: str, image_format: ImageFormat = "jpg") -> Element:
    """A picture in its sizes, from the original (1) to the thumbnail (3)."""
    if not sizes:
        raise InvalidArgument("a picture has at least one size")
    if image_format not in _IMAGE_FORMATS:
        raise InvalidArgument(f"image_format is one of {', '.join(_IMAGE_FORMATS)}")
    return _element(
        "TIMImageElem",
        UUID=uuid,
        ImageFormat=_IMAGE_FORMATS[image_format],
        ImageInfoArray=list(sizes),
    )


def file(url: str, *, uuid: str, name: str, size: int) -> Element:
    """A file to download. ``uuid``: unique, usually the file's MD5; ``size`` in bytes."""
    return _element(
        "TIMFileElem", Url=url, UUID=uuid, FileSize=size, FileName=name, Download_Flag=_BY_URL
    )


def video(
    url: str,
    *,
    uuid: str,
    seconds: int,
    size: int,
    thumb_url: str,
    thumb_uuid: str,
    thumb_width: int,
    thumb_height: int,
    thumb_size: int,
    video_format: str = "mp4",
    thumb_format: str = "JPG",
) -> Element:
    """A film and the picture that stands for it; sizes in bytes, width and height in pixels."""
    return _element(
        "TIMVideoFileElem",
        VideoUrl=url,
        VideoUUID=uuid,
        VideoSize=size,
        VideoSecond=seconds,
        VideoFormat=video_format,
        VideoDownloadFlag=_BY_URL,
        ThumbUrl=thumb_url,
        ThumbUUID=thumb_uuid,
        ThumbSize=thumb_size,
        ThumbWidth=thumb_width,
        ThumbHeight=thumb_height,
        ThumbFormat=thumb_format,
        ThumbDownloadFlag=_BY_URL,
    )


def relay(
    title: str,
    messages: Sequence[RelayedMessage],
    *,
    abstracts: Sequence[str],
    compatible_text: str,
) -> Element:
    """Several messages forwarded as one. ``abstracts`` are the lines that sum them up.

    ``compatible_text`` is what clients show that are too old for it (native SDKs before
    5.2.210). Whether the service takes it from a REST call is not documented.
    """
    if not messages:
        raise InvalidArgument("there is nothing to forward")
    return _element(
        "TIMRelayElem",
        Title=title,
        MsgNum=len(messages),
        CompatibleText=compatible_text,
        AbstractList=list(abstracts),
        MsgList=list(messages),
    )


def stream(
    chunks: Sequence[StreamChunk], *, compatible_text: str, stream_id: str | None = None
) -> Element:
    """New pieces of a streamed message; ``stream_id`` from the second call on.

    Only ``tim.streams`` sends it.
    """
    if not chunks:
        raise InvalidArgument("a streamed message goes on with at least one piece")
    return _element(
        _STREAM, Chunks=list(chunks), CompatibleText=compatible_text, StreamMsgID=stream_id
    )


def offline_push(
    *,
    title: str | None = None,
    description: str | None = None,
    ext: str | None = None,
    push: bool = True,
    android: AndroidPush | None = None,
    apple: ApplePush | None = None,
) -> OfflinePush:
    """What those who are offline are shown instead of the elements' own texts.

    ``ext`` is handed to the app and must be JSON text, or some makers drop it; together
    with ``description`` it stays under 3 KB. ``push=False`` pushes nothing.
    """
    given: dict[str, Any] = {
        "PushFlag": 0 if push else 1,
        "Title": title,
        "Desc": description,
        "Ext": ext,
        "AndroidInfo": android,
        "ApnsInfo": apple,
    }
    info: Any = {name: value for name, value in given.items() if value is not None}
    pushed: OfflinePush = info
    return pushed


def message_body(message: Message, cloud_custom_data: str | None = None) -> list[Element]:
    """The MsgBody of a message: a plain text is a text element.

    Raises InvalidArgument for an empty message, an element that can't be sent, two custom
    elements, and more than 12 KB in UTF-8, ``cloud_custom_data`` included.
    """
    body = _elements(message)
    types = [str(element.get("MsgType")) for element in body]
    for name in types:
        if name not in get_args(ElementType):
            raise InvalidArgument(f"MsgType is one of {', '.join(get_args(ElementType))}: {name}")
    if types.count("TIMCustomElem") > 1:
        raise InvalidArgument(_("a message has at most one custom element"))
    check_size(body, cloud_custom_data, MESSAGE_BYTES)
    return body


def check_size(body: Sequence[Element], cloud_custom_data: str | None, most: int) -> None:
    """Raise InvalidArgument if a message has more than ``most`` bytes in UTF-8."""
    size = len(encode({"MsgBody": body})) + utf8_length(cloud_custom_data or "")
    if size > most:
        raise InvalidArgument(
            _("a message has at most {most} bytes in UTF-8, not {size}", most=most, size=size)
        )


def _elements(message: Message) -> list[Element]:
    if isinstance(message, str):
        return [text(message)]
    if isinstance(message, Mapping):
        return [message]
    body = list(message)
    if not body:
        raise InvalidArgument(_("a message has at least one element"))
    if not all(isinstance(element, Mapping) for element in body):
        raise InvalidArgument(_("a message is a text, or elements as the builders make them"))
    return body


def _element(msg_type: str, **content: Any) -> Element:
    return {
        "MsgType": msg_type,
        "MsgContent": {name: value for name, value in content.items() if value is not None},
    }
