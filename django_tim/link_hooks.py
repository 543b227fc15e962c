"""What happens when an object of a linked model is saved or deleted: it is noted, on commit.

Nothing is called and nothing is written within the project's own transaction. An object whose
UserID can't be had is named in the log, for its save must not fail because of us.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models.signals import post_delete, post_save

from django_tim import tasks
from django_tim.exceptions import TimError
from django_tim.linking import AccountLink, link_of, link_registered, link_unregistered, links
from django_tim.services import links as service

logger = logging.getLogger("django_tim.links")


def connect() -> None:
    """Listen to the models of all links, and of those that come."""
    link_registered.connect(_registered, dispatch_uid="django_tim.link_hooks")
    link_unregistered.connect(_unregistered, dispatch_uid="django_tim.link_hooks")
    for link in links():
        _registered(link)


def _registered(link: AccountLink[Any], **_: Any) -> None:
    for model in _senders(link):
        post_save.connect(_saved, sender=model)
        post_delete.connect(_deleted, sender=model)


def _unregistered(link: AccountLink[Any], **_: Any) -> None:
    for model in _senders(link):
        post_save.disconnect(_saved, sender=model)
        post_delete.disconnect(_deleted, sender=model)


def _senders(link: AccountLink[Any]) -> Iterator[type[models.Model]]:
    """The model, its proxies and those that inherit from it: each sends signals of its own."""
    return (model for model in apps.get_models() if issubclass(model, link.model))


def _saved(sender: type[models.Model], instance: Any, using: str, **kwargs: Any) -> None:
    link = link_of(sender)
    if link is None or kwargs.get("raw"):
        return
    named = kwargs.get("update_fields")
    if named is None or not link.ignores.issuperset(named):
        note = partial(_note, link, str(instance.pk))
        transaction.on_commit(note, using=using, robust=True)


def _deleted(sender: type[models.Model], instance: Any, using: str, **_: Any) -> None:
    link = link_of(sender)
    if link is not None:
        lost = partial(_note_lost, link.label, str(instance.pk))
        transaction.on_commit(lost, using=using, robust=True)


def _note(link: AccountLink[Any], key: str) -> None:
    """Note the object as it was committed: who saved it may have changed it since."""
    obj = link.find([key]).get(key)
    if obj is None:
        return  # deleted by now, which is noted by itself
    try:
        service.mark(link, obj)
    except TimError as error:
        logger.warning("%s %s has no account: %s", link.label, key, error)
    tasks.enqueue_links()


def _note_lost(label: str, key: str) -> None:
    if service.mark_lost(label, key):
        tasks.enqueue_links()
