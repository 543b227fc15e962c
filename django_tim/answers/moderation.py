"""Moderation: checks of contents, and the keywords of the cloud and of the client SDKs."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from .envelope import Envelope

AuditName = Literal["C2C", "Group", "UserInfo", "GroupInfo", "GroupMemberInfo", "RelationChain"]
ContentType = Literal["Text", "Image", "Audio", "Video"]
Suggestion = Literal["Pass", "Review", "Block"]
ContentLabel = Literal[
    "Normal", "Polity", "Porn", "Illegal", "Abuse", "Terror", "Ad", "Sexy", "Composite"
]


class ContentChecked(Envelope):
    """Audio and video are checked later: their answers hold no Result."""

    Result: NotRequired[Suggestion]
    Score: NotRequired[int]
    Label: NotRequired[ContentLabel]
    Keywords: NotRequired[list[str]]


class ContentResult(TypedDict):
    ContentId: int
    ErrorCode: int
    ErrorInfo: str
    Result: NotRequired[Suggestion]
    Score: NotRequired[int]
    Label: NotRequired[ContentLabel]
    SubLabel: NotRequired[str]
    Keywords: NotRequired[list[str]]
    RequestId: NotRequired[str]


class ContentsChecked(Envelope):
    AuditResults: NotRequired[list[ContentResult]]


class CloudLibrary(TypedDict):
    ID: str
    LibName: str
    Describe: str
    CreateTime: str
    Suggestion: str


class CloudLibraryPage(Envelope):
    TotalCount: int
    Infos: list[CloudLibrary]


class CloudKeyword(TypedDict):
    ID: str
    Content: str
    CreateTime: str


class CloudKeywordPage(Envelope):
    TotalCount: int
    Infos: list[CloudKeyword]


class CloudKeywordDeleted(TypedDict):
    KeywordID: str
    Keyword: str
    Deleted: bool
    ErrorInfo: str


class CloudKeywordsDeleted(Envelope):
    Count: int
    Details: NotRequired[list[CloudKeywordDeleted]]


class LocalKeyword(TypedDict):
    """WordType: 1 word, 2 regular expression. FilterType: 1 replaces, 2 stops the message."""

    Id: int
    Keyword: str
    WordType: int
    FilterType: int
    ReplacedContent: NotRequired[str]
    UpdateTime: NotRequired[str]


class LocalKeywordPage(Envelope):
    LocalAuditWords: list[LocalKeyword]
    TotalCount: int
    TotalRegCount: int
    CurCount: int
    CurRegCount: int
