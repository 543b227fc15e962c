"""The admin of our models; on the default site by itself, on others by :func:`register`."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.utils.module_loading import import_string

from django_tim import conf
from django_tim.exceptions import ConfigurationError
from django_tim.models import (
    Account,
    AuditEntry,
    CallbackEvent,
    ConsoleCall,
    Group,
    GroupMember,
    Message,
    OutgoingMessage,
    Overview,
    Restriction,
    Run,
    UserSig,
)

from .accounts import AccountAdmin
from .audit import AuditEntryAdmin
from .base import MirrorAdmin
from .console import ConsoleAdmin
from .group_members import GroupMemberAdmin
from .groups import GroupAdmin
from .messages import MessageAdmin
from .outgoing import OutgoingMessageAdmin
from .overview import OverviewAdmin
from .restrictions import RestrictionAdmin
from .runs import RunAdmin
from .usersigs import UserSigAdmin
from .webhooks import CallbackEventAdmin

ADMINS: dict[type[Model], type[MirrorAdmin]] = {
    Account: AccountAdmin,
    Group: GroupAdmin,
    GroupMember: GroupMemberAdmin,
    Restriction: RestrictionAdmin,
    Run: RunAdmin,
    AuditEntry: AuditEntryAdmin,
    CallbackEvent: CallbackEventAdmin,
    Message: MessageAdmin,
    Overview: OverviewAdmin,
    OutgoingMessage: OutgoingMessageAdmin,
    ConsoleCall: ConsoleAdmin,
    UserSig: UserSigAdmin,
}


def register(site: admin.AdminSite, base: type[admin.ModelAdmin] | None = None) -> None:
    """Show our models on a site.

    ``base`` is the ModelAdmin class of a theme (django-unfold's, for instance) that ours are
    put in front of; the option ADMIN_BASE names it for all sites. Models that the host has
    registered itself are left alone.
    """
    base = base or _chosen_base()
    for model, ours in ADMINS.items():
        if not site.is_registered(model):
            site.register(model, _on(base, ours))


def _on(base: type[admin.ModelAdmin], ours: type[MirrorAdmin]) -> type[admin.ModelAdmin]:
    if issubclass(ours, base):
        return ours
    return type(ours.__name__, (ours, base), {"__module__": ours.__module__})


def _chosen_base() -> type[admin.ModelAdmin]:
    try:
        path = conf.options().admin_base
    except ConfigurationError:  # a system check says what is wrong; imports go on so that it can
        path = ""
    return import_string(path) if path else admin.ModelAdmin


register(admin.site)
