"""Files that clients have uploaded: ban, unban, sign."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django_tim.answers import Envelope, FilesSigned, SignedFile
from django_tim.catalogue import FILE_ALLOW, FILE_FORBID, FILE_SIGN
from django_tim.client.area import Area, Extra
from django_tim.client.batch import BatchResult, Outcome
from django_tim.exceptions import InvalidArgument


class Files(Area):
    """The area ``im_cos_msg``: files by the URL that their message has.

    Only those that the clients' SDKs have uploaded (native 4.9 or newer, web 2.0 or newer).
    """

    def forbid(self, url: str, *, extra: Extra = None) -> Envelope:
        """Bar a file: nobody can download it any more, until ``allow``. Page 74775 (Chinese)."""
        return self._call(FILE_FORBID, {"RawURL": _checked(url)}, extra)

    def allow(self, url: str, *, extra: Extra = None) -> Envelope:
        """Let a barred file be downloaded again. Page 74776 (Chinese)."""
        return self._call(FILE_ALLOW, {"RawURL": _checked(url)}, extra)

    def sign_many(self, urls: Iterable[str], *, extra: Extra = None) -> BatchResult[SignedFile]:
        """URLs that open the files for 15 minutes, barred ones too.

        They give full control of the file: keep them as secret as a password. Status: 0
        normal, 1 barred, 2 gone. The page gives no cap: 10 a call. Page 74777 (Chinese).
        """
        return self._batch(
            FILE_SIGN,
            _keyed(urls),
            lambda chunk: {"RawURLs": _numbered(chunk)},
            _signed,
            extra,
        )


def _numbered(urls: list[str]) -> list[dict[str, Any]]:
    return [{"ResourceID": number, "RawURL": url} for number, url in enumerate(urls, 1)]


def _signed(answer: FilesSigned, keys: list[str]) -> Iterator[Outcome[SignedFile]]:
    numbers = dict(enumerate(keys, 1))
    for row in answer.get("PreSigURLs") or ():
        if row["ResourceID"] in numbers:
            url, code = numbers[row["ResourceID"]], row["Code"]
            yield Outcome(url, None if code else row, code, row.get("Desc") or "")


def _keyed(urls: Iterable[str]) -> dict[str, str]:
    if isinstance(urls, str):
        raise InvalidArgument("several URLs are asked for, not one text")
    return {_checked(url): url for url in urls}


def _checked(url: str) -> str:
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise InvalidArgument(f"a file is named by its URL, not {url!r}")
    return url
