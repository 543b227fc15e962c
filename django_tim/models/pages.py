"""The admin's pages that are no lists: proxies, each with its place, name and permissions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .accounts import Account
from .audit import AuditEntry
from .runs import Run


class ConsoleCall(AuditEntry):
    """A call that a person makes of any endpoint, taken down as an audit entry."""

    class Meta:
        proxy = True
        verbose_name = _("REST console")
        verbose_name_plural = _("REST console")
        default_permissions = ()
        permissions = [
            ("use_console_read", "Can make calls that read, by the console"),
            ("use_console_write", "Can make calls that write, by the console"),
            ("use_console_destructive", "Can make calls that destroy, by the console"),
        ]


class UserSig(Account):
    """A UserSig that a person makes, or looks into; none is kept."""

    class Meta:
        proxy = True
        verbose_name = _("UserSig")
        verbose_name_plural = _("UserSigs")
        default_permissions = ()
        permissions = [("verify_usersig", "Can look into UserSigs")]


class Overview(Run):
    """How the apps are, at a glance."""

    class Meta:
        proxy = True
        verbose_name = _("overview")
        verbose_name_plural = _("overview")
        default_permissions = ()
        permissions = [("view_overview", "Can see the overview")]


class OutgoingMessage(Run):
    """A message to many: a run that sends it."""

    class Meta:
        proxy = True
        verbose_name = _("message to many")
        verbose_name_plural = _("messages to many")
        default_permissions = ("view",)
        permissions = [
            ("push_message", "Can push messages to everyone"),
            ("approve_message", "Can approve messages to many"),
        ]
