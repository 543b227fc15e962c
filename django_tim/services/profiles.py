"""Profiles: the fields of accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from django_tim import conf
from django_tim.catalogue import PROFILE_SET
from django_tim.connection import tims
from django_tim.models import Account
from django_tim.signals import profile_set

from . import mirror
from .actor import Actor
from .changes import Change, change

Fields = Mapping[str, str | int]
CameTo = Callable[[str, Exception | None], None]
"""Is told of an account what its call met, or None."""


def set(
    user_id: str,
    *,
    fields: Fields,
    app: str = "default",
    actor: Actor | None = None,
) -> Account:
    """Set fields of a profile, given as {tag: value}; returns the account's row.

    Raises what ``Profiles.set`` does, and UnsafeTransaction. Page 34916.
    """
    with _change(user_id, fields, app, actor) as changed:
        changed.tim.profiles.set(user_id, fields=fields)
    return followed(changed, user_id, fields)


def set_each(
    wanted: Iterable[tuple[str, Fields]],
    came_to: CameTo,
    *,
    app: str = "default",
    actor: Actor | None = None,
) -> None:
    """Set fields of many profiles as ``set`` does, but with up to BULK_THREADS calls at once.

    The next of ``wanted`` is taken when a thread is free, and ``came_to`` is told of each as its
    answer comes. So whoever ends ``wanted`` ends it all, and still hears of the calls under way.
    What an account meets is not raised; what ``wanted`` or ``came_to`` raise is, after those calls.
    """
    threads = conf.options().threads_for(tims[app].rate_of(PROFILE_SET))
    under_way: dict[Future[Any], _Setting] = {}
    with ThreadPoolExecutor(threads, thread_name_prefix="tim-profiles") as pool:
        try:
            for user_id, fields in wanted:
                try:
                    one = _Setting(pool, user_id, fields, app, actor)
                    under_way[one.answer] = one
                except Exception as error:  # noqa: BLE001  (it is that account's)
                    came_to(user_id, error)
                while len(under_way) >= threads:
                    _tell(under_way, came_to)
        finally:
            while under_way:
                _tell(under_way, came_to)


def followed(changed: Change, user_id: str, fields: Fields) -> Account:
    """What follows from a change of a profile: the account's row, and a signal."""
    account = mirror.account(changed.sdk_app_id, user_id, fields)
    changed.announce(profile_set, Account, account=account, fields=list(fields))
    return account


def _change(
    user_id: str, fields: Fields, app: str, actor: Actor | None
) -> AbstractContextManager[Change]:
    return change(
        "profile.set",
        app=app,
        actor=actor,
        object_type="account",
        object_id=user_id,
        details={"fields": dict(fields)},
    )


class _Setting:
    """A call that a thread makes, while the audit trail and the mirror stay with this one."""

    def __init__(
        self, pool: Executor, user_id: str, fields: Fields, app: str, actor: Actor | None
    ) -> None:
        self.user_id, self._fields = user_id, fields
        with ExitStack() as stack:
            self._changed = stack.enter_context(_change(user_id, fields, app, actor))
            self.answer = pool.submit(self._changed.tim.profiles.set, user_id, fields=fields)
            self._until_answered = stack.pop_all()

    def finish(self) -> None:
        """Write down what the answer is. Raises what the call did."""
        with self._until_answered:
            self.answer.result()
        followed(self._changed, self.user_id, self._fields)


def _tell(under_way: dict[Future[Any], _Setting], came_to: CameTo) -> None:
    """Wait for answers, and tell what they came to."""
    for answer in wait(under_way, return_when=FIRST_COMPLETED).done:
        one = under_way.pop(answer)
        try:
            one.finish()
        except Exception as error:  # noqa: BLE001  (it is that account's)
            came_to(one.user_id, error)
        else:
            came_to(one.user_id, None)
