"""Moderation: check contents, and keep the keywords that decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, NotRequired, TypedDict, get_args

from django_tim.answers import (
    AuditName,
    CloudKeyword,
    CloudKeywordPage,
    CloudKeywordsDeleted,
    CloudLibrary,
    CloudLibraryPage,
    ContentChecked,
    ContentLabel,
    ContentResult,
    ContentsChecked,
    ContentType,
    Envelope,
    LocalKeyword,
    LocalKeywordPage,
)
from django_tim.catalogue import (
    CLOUD_KEYWORD_ADD,
    CLOUD_KEYWORD_DELETE,
    CLOUD_KEYWORD_LIBRARIES,
    CLOUD_KEYWORD_LIST,
    LOCAL_KEYWORD_ADD,
    LOCAL_KEYWORD_DELETE,
    LOCAL_KEYWORD_LIST,
    MODERATION_CHECK,
    MODERATION_CHECK_MANY,
    Endpoint,
)
from django_tim.client.area import Area, Extra, checked_literal
from django_tim.client.batch import BatchResult, Outcome
from django_tim.client.usersig import utf8_length
from django_tim.exceptions import InvalidArgument

from .ids import keyed_rows

TEXT_BYTES = 8_192
NOT_DELETED = 2100


class ContentToCheck(TypedDict):
    """One content of ``check_many``: a text, or an image's URL."""

    Content: str
    ContentType: NotRequired[Literal["Text", "Image"]]


class CloudKeywordToAdd(TypedDict):
    """One word of ``add_cloud_many``."""

    Content: str
    Label: NotRequired[ContentLabel]


class LocalKeywordToAdd(TypedDict):
    """One word of ``add_local_many``.

    WordType: 1 word, 2 regular expression. FilterType: 1 replaces it by ReplacedContent, 2
    stops the message.
    """

    Keyword: str
    WordType: Literal[1, 2]
    FilterType: Literal[1, 2]
    ReplacedContent: NotRequired[str]


class Moderation(Area):
    """The areas ``im_msg_audit`` and ``im_msg_audit_mgr``, which are bought for an app (60020).

    The cloud's keywords decide on the service; the client SDKs fetch the local ones and
    apply them before they send.
    """

    def check(
        self,
        content: str,
        *,
        content_type: ContentType = "Text",
        audit_name: AuditName = "C2C",
        extra: Extra = None,
    ) -> ContentChecked:
        """Ask for the verdict on a content: Result is Pass, Review or Block.

        ``content``: a text of at most 8 KB, or the URL of an image (at most 5 MB), a sound
        or a video; of the last two the answer holds no Result. ``audit_name``: the policy.
        """
        payload = {
            "AuditName": checked_literal("AuditName", audit_name, get_args(AuditName)),
            "ContentType": checked_literal("ContentType", content_type, get_args(ContentType)),
            "Content": check_content(content),
        }
        return self._call(MODERATION_CHECK, payload, extra)

    def check_many(
        self,
        contents: Iterable[ContentToCheck | str],
        *,
        audit_name: AuditName = "C2C",
        extra: Extra = None,
    ) -> BatchResult[ContentResult]:
        """Ask for the verdicts on texts and images, 10 a call; Singapore only.

        A ``str`` is a text. Items are named by their place, from "1"; that is their ContentId.
        """
        policy = checked_literal("AuditName", audit_name, get_args(AuditName))

        def read(answer: ContentsChecked, keys: list[str]) -> Iterator[Outcome[ContentResult]]:
            for row in answer.get("AuditResults") or ():
                code, info = row.get("ErrorCode") or 0, row.get("ErrorInfo") or ""
                yield Outcome(str(row["ContentId"]), None if code else row, code, info)

        return self._batch(
            MODERATION_CHECK_MANY,
            _numbered(contents),
            lambda rows: {"AuditName": policy, "Contents": rows},
            read,
            extra,
        )

    def get_libraries_page(
        self, *, offset: int = 0, limit: int = 100, extra: Extra = None
    ) -> CloudLibraryPage:
        """One page, of 100 at most, of the cloud's keyword libraries. Page 77829."""
        payload = {**self._app(), "Offset": offset, "Limit": limit}
        return self._page(CLOUD_KEYWORD_LIBRARIES, payload, extra)

    def iterate_libraries(self, *, extra: Extra = None) -> Iterator[CloudLibrary]:
        """All libraries of ``get_libraries_page``."""
        for page in self._pages(CLOUD_KEYWORD_LIBRARIES, self._app(), extra):
            yield from page["Infos"]

    def get_cloud_page(
        self,
        library_id: str,
        *,
        content: str | None = None,
        offset: int = 0,
        limit: int = 100,
        extra: Extra = None,
    ) -> CloudKeywordPage:
        """One page, of 100 at most, of a library's words that hold ``content``. Page 77830."""
        payload = {**self._app(), "LibID": library_id, "Content": content}
        return self._page(CLOUD_KEYWORD_LIST, {**payload, "Offset": offset, "Limit": limit}, extra)

    def iterate_cloud(
        self, library_id: str, *, content: str | None = None, extra: Extra = None
    ) -> Iterator[CloudKeyword]:
        """All words of ``get_cloud_page``."""
        payload = {**self._app(), "LibID": library_id, "Content": content}
        for page in self._pages(CLOUD_KEYWORD_LIST, payload, extra):
            yield from page["Infos"]

    def add_cloud_many(
        self,
        library_id: str,
        words: Iterable[CloudKeywordToAdd | str],
        *,
        extra: Extra = None,
    ) -> BatchResult[None]:
        """Add words to a library, 10 a call. Page 77831."""
        _refuse_text(words)
        rows: list[CloudKeywordToAdd] = [
            {"Content": word} if isinstance(word, str) else word for word in words
        ]
        fixed = {**self._app(), "LibID": library_id}
        return self._batch(
            CLOUD_KEYWORD_ADD,
            keyed_rows(rows, "Content"),
            lambda chunk: {**fixed, "UserKeywords": chunk},
            lambda answer, keys: (Outcome(key) for key in keys),
            extra,
        )

    def delete_cloud_many(
        self, library_id: str, words: Iterable[str], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Delete words of a library, 10 a call; one that could not be fails with 2100."""
        _refuse_text(words)
        fixed = {**self._app(), "LibID": library_id}

        def read(answer: CloudKeywordsDeleted, keys: list[str]) -> Iterator[Outcome[None]]:
            for row in answer.get("Details") or ():
                code = 0 if row["Deleted"] else NOT_DELETED
                yield Outcome(row["Keyword"], code=code, info=row.get("ErrorInfo") or "")

        return self._batch(
            CLOUD_KEYWORD_DELETE,
            {word: word for word in words},
            lambda chunk: {**fixed, "Keywords": chunk},
            read,
            extra,
        )

    def get_local_page(
        self,
        *,
        keyword: str | None = None,
        filter_type: Literal[1, 2] | None = None,
        offset: int = 0,
        limit: int = 100,
        extra: Extra = None,
    ) -> LocalKeywordPage:
        """One page, of 100 at most, of the local words; ``keyword`` is part of them."""
        payload = {**self._app(), "Keyword": keyword, "FilterType": filter_type}
        return self._page(LOCAL_KEYWORD_LIST, {**payload, "Offset": offset, "Limit": limit}, extra)

    def iterate_local(
        self,
        *,
        keyword: str | None = None,
        filter_type: Literal[1, 2] | None = None,
        extra: Extra = None,
    ) -> Iterator[LocalKeyword]:
        """All words of ``get_local_page``."""
        payload = {**self._app(), "Keyword": keyword, "FilterType": filter_type}
        for page in self._pages(LOCAL_KEYWORD_LIST, payload, extra):
            yield from page["LocalAuditWords"]

    def add_local_many(
        self, words: Iterable[LocalKeywordToAdd], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Add words that the client SDKs look for, 10 a call."""
        return self._change_local(LOCAL_KEYWORD_ADD, words, extra)

    def delete_local_many(
        self, words: Iterable[LocalKeywordToAdd], *, extra: Extra = None
    ) -> BatchResult[None]:
        """Delete local words, 10 a call; each is named with its types."""
        return self._change_local(LOCAL_KEYWORD_DELETE, words, extra)

    def _change_local(
        self, endpoint: Endpoint[Envelope], words: Iterable[LocalKeywordToAdd], extra: Extra
    ) -> BatchResult[None]:
        """A change that the service answers as a whole: it holds for every word named."""
        fixed = self._app()
        return self._batch(
            endpoint,
            keyed_rows(words, "Keyword"),
            lambda chunk: {**fixed, "LocalAuditWords": chunk},
            lambda answer, keys: (Outcome(key) for key in keys),
            extra,
        )

    def _app(self) -> dict[str, Any]:
        return {"SdkAppId": self._tim.config.sdk_app_id}


def check_content(content: object) -> str:
    """Return the content; raise InvalidArgument unless it has 1 to 8,192 bytes in UTF-8."""
    if not isinstance(content, str) or not 1 <= utf8_length(content) <= TEXT_BYTES:
        raise InvalidArgument(f"a content is a text of 1 to {TEXT_BYTES} bytes in UTF-8")
    return content


def _numbered(contents: Iterable[ContentToCheck | str]) -> dict[str, dict[str, Any]]:
    _refuse_text(contents)
    rows = ({"Content": row} if isinstance(row, str) else row for row in contents)
    return {
        str(place): {"ContentId": place, "ContentType": "Text", **row}
        for place, row in enumerate(rows, 1)
        if check_content(row.get("Content"))
    }


def _refuse_text(words: Iterable[Any]) -> None:
    if isinstance(words, str):
        raise InvalidArgument("several are asked for, not one text")
