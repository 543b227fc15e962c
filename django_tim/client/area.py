"""What the areas of the API share: one call, page after page, and batches."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django_tim.answers import Envelope
from django_tim.catalogue import Endpoint, Offset, Paging
from django_tim.exceptions import (
    APIError,
    AuthenticationFailed,
    BadAnswer,
    InvalidArgument,
    NotSent,
    PagingStalled,
    ReadOnlyApp,
    TimError,
)
from django_tim.exceptions import said as _

from .batch import NOT_CALLED, NOT_KNOWN, BatchResult, Outcome
from .paging import Marked, first_marks, next_marks, repeated

if TYPE_CHECKING:
    from .tim import Tim

A = TypeVar("A", bound=Envelope)
T = TypeVar("T")
Extra = Mapping[str, Any] | None

logger = logging.getLogger("django_tim.client")

# Items a call where the vendor's page takes a list and states no cap: as few as it states
# for any list of accounts in a group.
UNSTATED_CAP = 20


class Area:
    """The methods of one area; ``tim`` makes the calls."""

    def __init__(self, tim: Tim) -> None:
        self._tim = tim

    def _call(self, endpoint: Endpoint[A], payload: Mapping[str, Any], extra: Extra = None) -> A:
        """One call. Fields that are None are left out; ``extra`` adds fields or replaces them."""
        given = {name: value for name, value in payload.items() if value is not None}
        return self._tim.call(endpoint, given | dict(extra or {}))

    def _pages(
        self,
        endpoint: Endpoint[A],
        payload: Mapping[str, Any],
        extra: Extra = None,
        *,
        paging: Paging | None = None,
        start: int | str | None = None,
    ) -> Iterator[A]:
        """Every page's answer, in the way that the endpoint (or ``paging``) pages.

        ``start`` is where to go on. Rows that a page has in common with the one before come
        once. Raises PagingStalled on a mark that was there before.
        """
        paging = paging or endpoint.paging
        assert paging is not None, endpoint  # noqa: S101  (a line of the catalogue is wrong)
        marks: Marked | None = first_marks(paging, start)
        limit = {paging.limit: paging.page} if paging.limit else {}
        seen: list[Marked] = []
        before: list[Any] = []
        while marks is not None:
            if marks in seen:
                raise PagingStalled(f"{endpoint}: the mark {marks} came back, so it has no end")
            seen.append(marks)
            answer = self._page(endpoint, {**limit, **payload, **marks}, extra)
            fields = cast(dict[str, Any], answer)
            with readable(endpoint):
                rows = fields[paging.items]
                again = repeated(rows, before)
                fields[paging.items] = rows[again:]
                before = [copy(row) for row in rows]  # who gets the page may change it
            if again and again == len(rows) and isinstance(paging, Offset):
                raise PagingStalled(f"{endpoint}: the same page came for another offset")
            yield answer
            with readable(endpoint):
                marks = next_marks(paging, {**fields, paging.items: rows}, marks)

    def _page(self, endpoint: Endpoint[A], payload: Mapping[str, Any], extra: Extra = None) -> A:
        """One page's answer, with an empty list where the service left the list out."""
        answer = self._call(endpoint, payload, extra)
        fields = cast(dict[str, Any], answer)
        if endpoint.paging and fields.get(endpoint.paging.items) is None:
            fields[endpoint.paging.items] = []
        return answer

    def _batch(
        self,
        endpoint: Endpoint[A],
        items: Mapping[str, Any],
        payload: Callable[[list[Any]], Mapping[str, Any]],
        read: Callable[[A, list[str]], Iterable[Outcome[T]]],
        extra: Extra = None,
    ) -> BatchResult[T]:
        """Send ``items`` (key → what stands for it on the wire) in calls of the batch cap.

        An error code that one call meets becomes the outcome of that call's items, and the
        next call is made. What would meet every further call (signature, network, settings)
        is raised, with the outcomes so far in the exception's ``partial``.
        """
        if not items:
            raise InvalidArgument(f"{endpoint}: nothing to send")
        outcomes: list[Outcome[T]] = []
        try:
            for keys in chunks(items, self._cap(endpoint)):
                outcomes += self._chunk(endpoint, items, keys, payload, read, extra)
        except TimError as error:
            if not isinstance(error, NotSent | ReadOnlyApp | APIError):
                outcomes += map(_not_known, keys)
            error.partial = BatchResult([*outcomes, *map(_not_called, [*items][len(outcomes) :])])
            raise
        result = BatchResult(outcomes)
        if not result:
            logger.warning("%s: %s", endpoint, result.summary())
        return result

    def _chunk(
        self,
        endpoint: Endpoint[A],
        items: Mapping[str, Any],
        keys: list[str],
        payload: Callable[[list[Any]], Mapping[str, Any]],
        read: Callable[[A, list[str]], Iterable[Outcome[T]]],
        extra: Extra,
    ) -> list[Outcome[T]]:
        """The outcomes of one call's keys, in their order."""
        try:
            answer = self._call(endpoint, payload([items[key] for key in keys]), extra)
        except AuthenticationFailed:
            raise
        except APIError as error:
            return [Outcome(key, code=error.code, info=str(error)) for key in keys]
        with readable(endpoint):
            found = {outcome.item: outcome for outcome in read(answer, keys)}
        return [found[key] if key in found else _not_known(key) for key in keys]

    def _cap(self, endpoint: Endpoint[Any]) -> int:
        stated = endpoint.batch.cap if endpoint.batch else UNSTATED_CAP
        return self._tim.config.batch_caps.get(endpoint.path, stated)


def _not_called(key: str) -> Outcome[Any]:
    return Outcome(key, code=NOT_CALLED, info="not called: the batch ended before it")


def _not_known(key: str) -> Outcome[Any]:
    return Outcome(key, code=NOT_KNOWN, info="not known: no answer names it")


@contextmanager
def readable(endpoint: Endpoint[Any]) -> Iterator[None]:
    """Raise BadAnswer where an answer lacks what its endpoint promises."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        said = f"{type(error).__name__}: {error}"
        raise BadAnswer(
            f"the answer is not shaped as it should be ({said})", endpoint.path
        ) from None


def chunks(keys: Iterable[str], size: int) -> Iterator[list[str]]:
    """The keys in lists of at most ``size``."""
    rest = iter(keys)
    while chunk := list(islice(rest, size)):
        yield chunk


def normalised(row: Any, spellings: Mapping[str, str]) -> Any:
    """Rename, in place, the keys that the vendor has renamed (old → new); return the row."""
    for old, new in spellings.items():
        if old in row:
            row.setdefault(new, row.pop(old))
    return row


def checked_literal(name: str, value: str | None, allowed: Sequence[str]) -> str | None:
    """Return the value; raise InvalidArgument for a text that the vendor does not know."""
    if value is not None and value not in allowed:
        raise InvalidArgument(
            _(
                "{name} is one of {words}, not {given!r}",
                name=name,
                words=", ".join(allowed),
                given=value,
            )
        )
    return value
