"""An account's page: who it is, what holds it back, where it takes part, what TIM tells of it."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from django_tim.exceptions import TimError
from django_tim.models import Account, AuditEntry, Group, GroupMember, Restriction
from django_tim.services import messages
from django_tim.services.mapping import from_vendor_time

from . import display, words
from .action_pages import NotDone
from .asking import AskingMixin, Panel, Question
from .fields import reasons
from .message_panels import single_row
from .recalling import RecallingMixin
from .restrictions import state_badge

if TYPE_CHECKING:
    from django_tim.client.tim import Tim
    from django_tim.services.actor import Actor

SHOWN = 20
"""Rows of a panel; a link leads to the rest."""
HISTORY = 7 * 86400
"""Seconds that the history is looked back."""
ASKED = 100
"""Friends or blocked accounts that are asked for at once."""
MUTES = [
    ("3600", gettext_lazy("Mute 1 h")),
    ("86400", gettext_lazy("Mute 1 d")),
    ("604800", gettext_lazy("Mute 7 d")),
]


def online(admin: PersonMixin, request: HttpRequest, account: Account, tim: Tim) -> Panel:
    """The online state, by platform."""
    [state] = tim.accounts.online_status_many([account.user_id], details=True).values()
    told: Any = state or {}
    devices = told.get("Detail") or ()
    rows = [[_("all"), words.said(words.ONLINE, str(told.get("Status", "")))]]
    rows += [[one["Platform"], words.said(words.ONLINE, one["Status"])] for one in devices]
    return {"heads": [_("platform"), _("state")], "rows": rows}


def friends(admin: PersonMixin, request: HttpRequest, account: Account, tim: Tim) -> Panel:
    """The first friends."""
    found = islice(tim.friends.iterate(account.user_id), ASKED)
    return admin.people(account, [friend["To_Account"] for friend in found], _("No friends."))


def blacklist(admin: PersonMixin, request: HttpRequest, account: Account, tim: Tim) -> Panel:
    """The first accounts that it has blocked."""
    found = islice(tim.blacklists.iterate(account.user_id), ASKED)
    return admin.people(account, [one["To_Account"] for one in found], _("Nobody is blocked."))


def conversations(admin: PersonMixin, request: HttpRequest, account: Account, tim: Tim) -> Panel:
    """The newest conversations; those with one other lead to what was said."""
    rows = [
        admin.conversation_cells(account, one)
        for one in islice(tim.conversations.iterate(account.user_id), SHOWN)
    ]
    heads = [_("with"), _("last message"), ""]
    return {"heads": heads, "rows": rows, "empty": _("No conversations.")}


def single_messages(admin: PersonMixin, request: HttpRequest, account: Account, tim: Tim) -> Panel:
    """What was said with one other in the last days, the newest first."""
    peer = request.GET.get("peer", "")
    now = int(time.time())
    page = tim.messages.get_history_page(
        account.user_id, peer, min_time=now - HISTORY, max_time=now + 60
    )
    rows = [single_row(message) for message in reversed(page["MsgList"])]
    return {
        "template": "admin/django_tim/includes/messages.html",
        "title": _("Messages with %s") % peer,
        "messages": rows,
        "empty": _("Nothing was said in the last 7 days."),
        "may_recall": admin.has_recall_permission(request),
        "recall_url": admin.recall_url(account, urlencode({"peer": peer})),
    }


_MEMBERSHIP = ("group__group_id", "group__name", "role", "name_card", "joined_at", "gone_at")
_RESTRICTION = ("kind", "state", "reason", "until", "created_at", "actor_name", "lifted_at")
_AUDIT = ("started_at", "action", "actor_name", "source", "outcome", "code", "details")


def _values(model: Any, about: dict[str, Any], columns: tuple[str, ...]) -> list[Any]:
    return list(model.objects.filter(**about).order_by("pk").values(*columns))


class PersonMixin(RecallingMixin, AskingMixin):
    """The panels of an account's page."""

    questions = {
        "online": Question(gettext_lazy("Online state"), online),
        "friends": Question(gettext_lazy("Friends"), friends),
        "blacklist": Question(gettext_lazy("Blacklist"), blacklist),
        "conversations": Question(gettext_lazy("Conversations"), conversations),
        "messages": Question(gettext_lazy("Messages"), single_messages, shown=False),
    }

    def person_panels(self, request: HttpRequest, account: Account) -> list[Panel]:
        may_see = self.may(request, "view", GroupMember)
        groups = [self.groups_panel(account)] if may_see else []
        return [*groups, *self.asking_panels(request, account)]

    def restrictions_panel(self, request: HttpRequest, account: Account) -> Panel:
        """Mutes and bans: those in force first, each with the button that undoes it."""
        theirs = Restriction.objects.filter(sdk_app_id=account.sdk_app_id, user_id=account.user_id)
        rows: list[Any] = sorted(
            theirs.order_by("-pk")[: SHOWN + 1], key=lambda row: row.lock_key is None
        )
        for row in rows:
            row.badge = state_badge(row)
            row.who = row.actor_name or words.said(words.SOURCES, row.source)
        return {
            "template": "admin/django_tim/includes/restrictions.html",
            "title": _("Mutes and bans"),
            "rows": rows[:SHOWN],
            "more": len(rows) > SHOWN,
            "url": self.list_url(Restriction, app=account.sdk_app_id, user=account.user_id),
            "lift_url": self.list_url(Restriction, app=account.sdk_app_id),
            "may_lift": self.may(request, "lift", Restriction),
            "may_mute": self.may(request, "mute") and account.gone_at is None,
            "mutes": MUTES,
            "reasons": reasons(),
        }

    def groups_panel(self, account: Account) -> Panel:
        found = GroupMember.objects.filter(
            sdk_app_id=account.sdk_app_id, user_id=account.user_id, gone_at=None
        )
        rows = list(
            found.select_related("group").defer("raw", "group__raw").order_by("pk")[: SHOWN + 1]
        )
        return {
            "title": _("Groups joined"),
            "empty": _("No group is known that this account is a member of."),
            "heads": [pgettext("chat", "group"), _("type"), _("role"), _("joined")],
            "rows": [self._group_cells(member) for member in rows[:SHOWN]],
            "more": len(rows) > SHOWN,
            "url": self.list_url(GroupMember, app=account.sdk_app_id, user=account.user_id),
        }

    def people(self, account: Account, user_ids: list[str], empty: str) -> Panel:
        """A panel of accounts, with the nicknames that we know."""
        known = Account.objects.filter(sdk_app_id=account.sdk_app_id, user_id__in=user_ids)
        names = dict(known.values_list("user_id", "nickname"))
        rows = [
            [self.account_link(account.sdk_app_id, one), names.get(one, "")] for one in user_ids
        ]
        more = _("These are the first %d.") % ASKED if len(rows) == ASKED else ""
        heads = [_("UserID"), _("nickname")]
        return {"heads": heads, "rows": rows, "empty": empty, "note": more}

    def all_known(self, request: HttpRequest, account: Account) -> dict[str, Any]:
        """What the database holds about an account, as far as the user may see it."""
        theirs = {"sdk_app_id": account.sdk_app_id, "user_id": account.user_id}
        told: dict[str, Any] = {"user_id": account.user_id, "profile": account.raw}
        told |= {"synced_at": account.synced_at, "gone_at": account.gone_at}
        if self.may(request, "view", GroupMember):
            told["groups"] = _values(GroupMember, theirs, _MEMBERSHIP)
        if self.may(request, "view", Restriction):
            told["mutes_and_bans"] = _values(Restriction, theirs, _RESTRICTION)
        if self.may(request, "view", AuditEntry):
            about = {"sdk_app_id": account.sdk_app_id, "object_type": "account"}
            told["audit"] = _values(AuditEntry, {**about, "object_id": account.user_id}, _AUDIT)
        return told

    def conversation_cells(self, account: Account, row: Any) -> list[str]:
        at = display.moment(from_vendor_time(row["MsgTime"]))
        if row["Type"] == 1:
            peer = str(row.get("To_Account"))
            url = self.ask_url(account, "messages", peer=peer)
            text = format_html('<a href="{}" class="tim-ask">{}</a>', url, _("messages"))
            return [self.account_link(account.sdk_app_id, peer), at, text]
        group_id = str(row.get("GroupId") or row.get("ToGroupId"))
        url = self.list_url(Group, app=account.sdk_app_id, q=group_id)
        return [display.link(url, group_id), at, ""]

    def recall(
        self, request: HttpRequest, obj: Account, chosen: list[str], app: str, actor: Actor
    ) -> int:
        peer, mine = request.GET.get("peer", ""), obj.user_id
        failures = []
        for one in chosen:
            sender, _space, key = one.rpartition(" ")
            receiver = peer if sender == mine else mine
            try:
                messages.recall(key, sender=sender, receiver=receiver, app=app, actor=actor)
            except TimError as error:
                failures.append(words.told(error))
        if failures:
            text = _("%(number)s of %(all)s messages were recalled: %(said)s")
            told = {"number": len(chosen) - len(failures), "all": len(chosen), "said": failures[0]}
            raise NotDone(text % told)
        return len(chosen)

    def account_link(self, sdk_app_id: int, user_id: str) -> str:
        url = self.list_url(Account, app=sdk_app_id, q=user_id)
        return display.link(url, user_id)

    def _group_cells(self, member: GroupMember) -> list[str]:
        group = member.group
        return [
            display.link(self.page_url(group), group),
            words.said(words.GROUP_TYPES, group.type),
            words.said(words.ROLES, member.role),
            display.moment(member.joined_at),
        ]
