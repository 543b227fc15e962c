"""Moderation: verdicts on contents, and the keyword lists that they come from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any, get_args
from uuid import NAMESPACE_OID, uuid5

from django_tim.answers import (
    AuditName,
    CloudKeywordPage,
    CloudKeywordsDeleted,
    CloudLibraryPage,
    ContentChecked,
    ContentLabel,
    ContentsChecked,
    ContentType,
    Envelope,
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
)

from .body import Body
from .keywords import (
    REGEX,
    REPLACE,
    SCORES,
    STOP,
    WORD,
    Keywords,
    Library,
    LocalWord,
    beijing,
)
from .refusals import Refusal
from .registry import OK, simulates
from .state import State

PAGE = 100
WORDS = 10
CONTENTS = 10
LONGEST_CONTENT = 8_192


@simulates(MODERATION_CHECK)
def content_moderation(state: State, body: Body) -> ContentChecked:
    body.choice("AuditName", get_args(AuditName))
    kind = body.choice("ContentType", get_args(ContentType))
    content = _content(body)
    answer: ContentChecked = {**OK, "RequestId": _request_id(state)}
    if kind in ("Text", "Image"):
        answer.update(_verdict(state, content))
    return answer


@simulates(MODERATION_CHECK_MANY)
def batch_content_moderation(state: State, body: Body) -> ContentsChecked:
    body.choice("AuditName", get_args(AuditName))
    contents = {row.number("ContentId"): row for row in body.objects("Contents", most=CONTENTS)}
    if len(contents) < len(body.items("Contents")):
        raise Refusal(93007, "a ContentId stands there twice")
    if any(row.text("ContentType") not in ("Text", "Image") for row in contents.values()):
        raise Refusal(93005, "a batch holds texts and images only")
    results: list[Any] = []
    for content_id, row in contents.items():
        result: dict[str, Any] = {"ContentId": content_id, "ErrorCode": 0, "ErrorInfo": ""}
        try:
            result |= {**_verdict(state, _content(row)), "RequestId": _request_id(state)}
        except Refusal as refusal:
            result |= {"ErrorCode": refusal.code, "ErrorInfo": refusal.info}
        results.append(result)
    return {**OK, "AuditResults": results}


@simulates(CLOUD_KEYWORD_LIBRARIES)
def get_cloud_audit_keywords_ids(state: State, body: Body) -> CloudLibraryPage:
    found = list(_keywords(state, body).libraries.values())
    rows: list[Any] = [
        {
            "ID": library.library_id,
            "LibName": library.name,
            "Describe": library.describe,
            "CreateTime": f"{beijing(library.created)} +0800 CST",
            "Suggestion": library.suggestion,
        }
        for library in _page(body, found)
    ]
    return {**_ok(state), "TotalCount": len(found), "Infos": rows}


@simulates(CLOUD_KEYWORD_LIST)
def get_cloud_audit_keywords(state: State, body: Body) -> CloudKeywordPage:
    part = body.text("Content", "")
    words = _library(state, body).words.values()
    found = [word for word in words if part in word.content]
    rows: list[Any] = [
        {"ID": str(word.number), "Content": word.content, "CreateTime": beijing(word.created)}
        for word in _page(body, found)
    ]
    return {**_ok(state), "TotalCount": len(found), "Infos": rows}


@simulates(CLOUD_KEYWORD_ADD)
def add_cloud_audit_keywords(state: State, body: Body) -> Envelope:
    library = _library(state, body)
    labels = get_args(ContentLabel)
    words = {
        row.text("Content"): row.choice("Label", labels, "Composite")
        for row in body.objects("UserKeywords", most=WORDS)
    }
    if "" in words:
        raise body.refusal("a keyword is empty")
    for content, label in words.items():
        state.part(Keywords).add_word(library, content, label)
    return _ok(state)


@simulates(CLOUD_KEYWORD_DELETE)
def delete_cloud_audit_keywords(state: State, body: Body) -> CloudKeywordsDeleted:
    library, keywords = _library(state, body), state.part(Keywords)
    details: list[Any] = []
    for content in body.texts("Keywords", most=WORDS):
        word = keywords.remove_word(library, content)
        details.append(
            {
                "KeywordID": str(word.number) if word else "",
                "Keyword": content,
                "Deleted": word is not None,
                "ErrorInfo": "" if word else "the library does not hold it",
            }
        )
    count = sum(detail["Deleted"] for detail in details)
    return {**_ok(state), "Count": count, "Details": details}


@simulates(LOCAL_KEYWORD_LIST)
def get_local_audit_keywords(state: State, body: Body) -> LocalKeywordPage:
    keywords = _keywords(state, body)
    part, kind = body.text("Keyword", ""), body.number("FilterType", 0)
    found = [
        word
        for word in keywords.local.values()
        if part in word.keyword and kind in (0, word.filter_type)
    ]
    page = list(_page(body, found))
    return {
        **_ok(state),
        "LocalAuditWords": [_local_row(word) for word in page],
        "TotalCount": len(found),
        "TotalRegCount": _regexes(found),
        "CurCount": len(page),
        "CurRegCount": _regexes(page),
    }


@simulates(LOCAL_KEYWORD_ADD)
def add_local_audit_keywords(state: State, body: Body) -> Envelope:
    keywords = _keywords(state, body)
    now = state.clock.seconds()
    words = [
        LocalWord(0, row.text("Keyword"), *_types(row), row.text("ReplacedContent", ""), now)
        for row in body.objects("LocalAuditWords", most=WORDS)
    ]
    for word in words:
        _check_local(body, word)
    for word in words:
        word.number = keywords.number()
        keywords.local[word.keyword, word.word_type] = word
    return _ok(state)


@simulates(LOCAL_KEYWORD_DELETE)
def delete_local_audit_keywords(state: State, body: Body) -> Envelope:
    keywords = _keywords(state, body)
    rows = body.objects("LocalAuditWords", most=WORDS)
    for keyword, word_type in [(row.text("Keyword"), _types(row)[0]) for row in rows]:
        keywords.local.pop((keyword, word_type), None)
    return _ok(state)


def _keywords(state: State, body: Body) -> Keywords:
    if body.number("SdkAppId") != state.sdk_app_id:
        raise body.refusal("SdkAppId is not this app's")
    return state.part(Keywords)


def _library(state: State, body: Body) -> Library:
    library = _keywords(state, body).libraries.get(body.text("LibID"))
    if library is None:
        raise body.refusal("there is no such keyword library")
    return library


def _page(body: Body, found: Sequence[Any]) -> Any:
    start = body.number("Offset", 0)
    limit = body.number("Limit", PAGE, most=PAGE)
    return islice(found, start, start + limit)


def _types(row: Body) -> tuple[int, int]:
    word_type: int = row.number("WordType", least=WORD, most=REGEX)
    filter_type: int = row.number("FilterType", least=REPLACE, most=STOP)
    return word_type, filter_type


def _check_local(body: Body, word: LocalWord) -> None:
    if not word.keyword:
        raise body.refusal("a keyword is empty")
    if word.word_type == REGEX:
        try:
            re.compile(word.keyword)
        except re.error:
            raise body.refusal("Keyword is no regular expression") from None


def _local_row(word: LocalWord) -> Any:
    return {
        "Id": word.number,
        "Keyword": word.keyword,
        "WordType": word.word_type,
        "FilterType": word.filter_type,
        "ReplacedContent": word.replaced_content,
        "UpdateTime": beijing(word.updated),
    }


def _regexes(words: list[LocalWord]) -> int:
    return sum(word.word_type == REGEX for word in words)


def _content(body: Body) -> str:
    content: str = body.text("Content")
    if len(content.encode("utf-8", "surrogatepass")) > LONGEST_CONTENT:
        raise Refusal(93000, f"the content is longer than {LONGEST_CONTENT} bytes")
    return content


def _verdict(state: State, content: str) -> Any:
    verdict = state.part(Keywords).verdict(content)
    found: dict[str, Any] = {
        "Result": verdict.result,
        "Score": SCORES[verdict.result],
        "Label": verdict.label,
    }
    return found | ({"Keywords": list(verdict.keywords)} if verdict.keywords else {})


def _ok(state: State) -> Envelope:
    return {**OK, "RequestId": _request_id(state)}


def _request_id(state: State) -> str:
    return str(uuid5(NAMESPACE_OID, f"{state.sdk_app_id} {state.part(Keywords).number()}"))
