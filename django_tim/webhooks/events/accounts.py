"""Accounts: their state and profile, friends, blacklists and follows."""

from __future__ import annotations

from .base import Event
from .fields import Each, Number, Objects, Pairs, Text


class StateChanged(Event, command="State.StateChange", doc=34357):
    """A device of an account came online or went: ``action`` is Login, Logout or Disconnect."""

    family = "account"
    action = Text("Info.Action")
    user_id = Text("Info.To_Account")
    reason = Text("Info.Reason")
    kicked_devices = Objects("KickedDevice")


class ProfileSet(Event, command="Profile.CallbackPortraitSet", doc=48733):
    """A profile was changed; ``fields`` is {tag: value}, with the changed tags only."""

    family = "account"
    operator = Text("Operator_Account")
    user_id = Text("From_Account")
    fields = Pairs("ProfileItem", "Tag", "Value")


class BeforeFriendAdd(Event, command="Sns.CallbackPrevFriendAdd", doc=43468):
    """Somebody wants friends. A ``Veto`` refuses all of them, or those in its ``user_ids``."""

    family = "relation"
    before = True
    requester = Text("Requester_Account", "Requestor_Account")
    from_account = Text("From_Account")
    items = Objects("FriendItem")
    user_ids = Each("FriendItem", "To_Account")
    add_type = Text("AddType")
    force = Number("ForceAddFlags")


class BeforeFriendResponse(Event, command="Sns.CallbackPrevFriendResponse", doc=43467):
    """Somebody wants to answer friend requests. A ``Veto`` works as for the requests."""

    family = "relation"
    before = True
    requester = Text("Requester_Account", "Requestor_Account")
    from_account = Text("From_Account")
    items = Objects("ResponseFriendItem")
    user_ids = Each("ResponseFriendItem", "To_Account")


class _Pairs(Event):
    family = "relation"
    pairs = Objects("PairList")
    user_ids = Each("PairList", "From_Account")
    others = Each("PairList", "To_Account")


class FriendAdded(_Pairs, command="Sns.CallbackFriendAdd", doc=34359):
    """Friend lists grew; ``pairs`` holds whose and by whom."""

    client_command = Text("ClientCmd")
    admin = Text("Admin_Account")
    force = Number("ForceFlag")


class FriendDeleted(_Pairs, command="Sns.CallbackFriendDelete", doc=34360):
    """Friend lists shrank."""


class BlacklistAdded(_Pairs, command="Sns.CallbackBlackListAdd", doc=34361):
    """Blacklists grew."""


class BlacklistDeleted(_Pairs, command="Sns.CallbackBlackListDelete", doc=34362):
    """Blacklists shrank."""


class Followed(Event, command="Follow.CallbackAfterFollowAdd", doc=70355):
    """An account follows others from now on."""

    family = "relation"
    from_account = Text("From_Account")
    user_ids = Each("FollowList", "To_Account")


class Unfollowed(Event, command="Follow.CallbackAfterFollowDelete", doc=70356):
    """An account no longer follows others."""

    family = "relation"
    from_account = Text("From_Account")
    user_ids = Each("FollowList", "To_Account")
