"""The mirror follows callbacks: whatever their order, repeats and losses, it ends right."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_tim import tasks
from django_tim.client.tim import Tim
from django_tim.models import Account, CallbackEvent, Group, GroupMember
from django_tim.services import runs
from django_tim.simulator import Refusal, Simulator
from django_tim.simulator.callbacks import Delivery
from django_tim.simulator.users import ACTIONS
from django_tim.sync import refetch
from django_tim.sync.groups import GROUPS, mapped
from django_tim.sync.writers import upsert
from django_tim.webhooks import processing
from tests.conftest import APP

from .conftest import TOKEN, Service

pytestmark = pytest.mark.django_db(transaction=True)
USERS = ("ann", "bob", "cyd", "dan")
NICK = "Tag_Profile_IM_Nick"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stale rows are read at the next refetch, and not only after a while."""
    monkeypatch.setattr(refetch, "QUIET", timedelta(0))


class World:
    """A simulator whose callbacks are delivered as the test likes."""

    def __init__(self, simulator: Simulator, service: Service) -> None:
        self.simulator, self.service = simulator, service
        simulator.callbacks.configure("held", TOKEN, held=True, post=self._allow)
        for user_id in USERS:
            simulator.state.add_account(user_id)

    def _allow(self, url: str, content: bytes) -> tuple[int, bytes]:
        return 200, b'{"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}'

    def deliver(self, deliveries: list[Delivery]) -> None:
        for one in deliveries:
            assert self.service.ask(one.command, one.body)["ErrorCode"] == 0
        processing.drain(60)
        assert not CallbackEvent.objects.exclude(state="done").exists()

    def flow(self) -> list[str]:
        """Deliver what has happened, in order, and let it be handled."""
        taken = self.simulator.callbacks.take()
        self.deliver(taken)
        return [one.command for one in taken]

    def refetch(self) -> None:
        for _ in range(5):
            if not refetch.refetch():
                return
        raise AssertionError("rows stay stale")

    def remote(self) -> dict[str, Any]:
        """What callbacks carry of the service's state."""
        groups = list(self.simulator.state.all_groups())
        accounts = self.simulator.state.accounts
        return {
            "groups": {
                one.group_id: (one.type, one.name, one.notification, one.face_url, one.owner)
                for one in groups
            },
            "numbers": {one.group_id: one.member_count for one in groups},
            "members": {
                (one.group_id, member.user_id): (member.role, member.name_card, member.join_time)
                for one in groups
                for member in one.walk()
            },
            "accounts": {
                user_id: (accounts[user_id].peek_tags().get(NICK, ""), accounts[user_id].status)
                for user_id in USERS
            },
        }

    def mirrored(self) -> dict[str, Any]:
        groups = list(Group.objects.filter(gone_at=None))
        members = GroupMember.objects.filter(gone_at=None).select_related("group")
        accounts = Account.objects.filter(user_id__in=USERS, gone_at=None)
        return {
            "groups": {
                one.group_id: (
                    one.type,
                    one.name,
                    one.raw.get("Notification"),
                    one.raw.get("FaceUrl"),
                    one.owner_account,
                )
                for one in groups
            },
            "numbers": {one.group_id: one.member_num for one in groups},
            "members": {
                (one.group.group_id, one.user_id): (one.role, one.name_card, stamp(one.joined_at))
                for one in members
            },
            "accounts": {one.user_id: (one.nickname, one.online_status) for one in accounts},
        }


def stamp(moment: Any) -> int:
    return int(moment.timestamp()) if moment else 0


@pytest.fixture
def world(simulator: Simulator, tim: Tim, service: Service) -> World:
    return World(simulator, service)


def test_each_kind_is_followed_before_anything_is_read(world: World) -> None:
    ann, bob = world.simulator.user("ann"), world.simulator.user("bob")
    group_id = ann.create_group("first", MemberList=[{"Member_Account": "cyd"}])
    world.flow()
    group = Group.objects.get()
    assert (group.name, group.owner_account, group.type) == ("first", "ann", "Public")
    assert group.stale_at is not None
    ann.modify_group(group_id, Name="second", Notification="news")
    bob.join(group_id)
    ann.modify_member(group_id, "cyd", Role="Admin", NameCard="C")
    world.flow()
    group.refresh_from_db()
    assert (group.name, group.raw["Notification"]) == ("second", "news")
    assert {one.user_id: one.role for one in group.members.all()} == {
        "ann": "Owner",
        "bob": "Member",
        "cyd": "Admin",
    }
    assert group.members.get(user_id="cyd").name_card == "C"
    ann.give_away(group_id, "cyd")
    bob.leave(group_id)
    bob.log_in()
    bob.set_profile({NICK: "Bob"})
    world.flow()
    group.refresh_from_db()
    assert group.owner_account == "cyd"
    assert group.members.get(user_id="ann").role == "Member"
    assert group.members.get(user_id="bob").gone_at is not None
    account = Account.objects.get(user_id="bob")
    assert (account.nickname, account.online_status) == ("Bob", "Online")
    assert account.online_at is not None
    world.simulator.user("cyd").dissolve(group_id)
    world.flow()
    assert not Group.objects.filter(gone_at=None).exists()
    assert not GroupMember.objects.filter(gone_at=None).exists()


def test_what_is_stale_is_read_in_few_calls(world: World) -> None:
    for number in range(60):
        world.simulator.user("ann").create_group(f"group {number}")
    world.flow()
    world.simulator.requests.clear()
    world.refetch()
    calls = [one.path for one in world.simulator.requests]
    assert calls.count("group_open_http_svc/get_group_info") == 2
    assert Group.objects.filter(stale_at=None, max_member_num__gt=0).count() == 60
    assert world.mirrored()["members"] == world.remote()["members"]


def test_an_unknown_group_is_fetched(world: World) -> None:
    group_id = world.simulator.user("ann").create_group("unheard of")
    world.simulator.callbacks.take()
    world.simulator.user("bob").join(group_id)
    world.flow()
    assert not Group.objects.filter(gone_at=None).exists()  # nothing is known of it yet
    tasks.refetch_stale()
    assert Group.objects.get(gone_at=None).name == "unheard of"
    assert GroupMember.objects.get(gone_at=None).user_id == "bob"


def test_a_late_event_says_nothing_but_that_something_was(world: World) -> None:
    ann = world.simulator.user("ann")
    group_id = ann.create_group("a")
    world.flow()
    ann.modify_group(group_id, Name="older")
    ann.modify_group(group_id, Name="newer")
    late, timely = world.simulator.callbacks.take()
    world.deliver([timely])
    world.deliver([late])
    assert Group.objects.get().name == "newer"


def test_a_sync_that_asked_before_does_not_undo_an_event(world: World, tim: Tim) -> None:
    ann = world.simulator.user("ann")
    group_id = ann.create_group("before")
    world.flow()
    world.refetch()
    asked_at = timezone.now()
    answer = tim.groups.get_many([group_id])
    ann.modify_group(group_id, Name="after")
    world.flow()
    upsert(GROUPS, mapped(answer).rows, {"sdk_app_id": APP["SDK_APP_ID"]}, as_of=asked_at)
    group = Group.objects.get()
    assert (group.name, group.stale_at is not None) == ("after", True)


def test_what_can_t_be_read_now_stays_stale(world: World, simulator: Simulator) -> None:
    simulator.user("ann").create_group("a")
    world.flow()
    simulator.faults.add("code", value=60008, times=None)
    tasks.refetch_stale()
    assert Group.objects.get().stale_at is not None
    simulator.faults.clear()
    tasks.refetch_stale()
    assert Group.objects.get().stale_at is None


def test_a_live_group_has_no_members_here(world: World) -> None:
    group_id = world.simulator.user("ann").create_group("live", group_type="AVChatRoom")
    world.simulator.user("bob").join(group_id)
    world.flow()
    world.refetch()
    assert not GroupMember.objects.exists()
    assert Group.objects.get().member_num == 1


@pytest.mark.parametrize("group_id", ["", "x" * 129, "nul \0", None, 5.5])
def test_an_id_that_can_t_be_mirrored_is_kept_in_the_event_only(
    service: Service, group_id: Any
) -> None:
    body = {"GroupId": group_id, "NewMemberList": [{"Member_Account": "y" * 65}], "EventTime": 1}
    assert service.tell("Group.CallbackAfterNewMemberJoin", body).state == "done"
    assert not Group.objects.exists()


# Orders, repeats, losses

USER, GROUP = st.sampled_from(USERS), st.sampled_from(["g1", "g2"])
TYPE = st.sampled_from(["Public", "Private", "ChatRoom", "AVChatRoom"])
WORD = st.sampled_from(["a", "b", "c"])
ACTION = st.one_of(
    st.tuples(st.just("create"), USER, GROUP, TYPE, USER),
    st.tuples(st.just("modify"), GROUP, st.sampled_from(["Name", "Notification", "FaceUrl"]), WORD),
    st.tuples(st.just("dissolve"), GROUP),
    st.tuples(st.just("join"), USER, GROUP),
    st.tuples(st.just("leave"), USER, GROUP),
    st.tuples(st.just("invite"), USER, GROUP, USER),
    st.tuples(st.just("kick"), USER, GROUP),
    st.tuples(st.just("card"), USER, GROUP, WORD),
    st.tuples(st.just("role"), USER, GROUP, st.sampled_from(["Admin", "Member"])),
    st.tuples(st.just("give"), USER, GROUP),
    st.tuples(st.just("nick"), USER, WORD),
    st.tuples(st.just("state"), USER, st.sampled_from(["log_in", "log_out", "disconnect"])),
)
STEP = st.one_of(
    ACTION,
    ACTION,
    ACTION,
    st.tuples(st.just("deliver"), st.permutations(range(6)), st.booleans()),
    st.just(("refetch",)),
    st.just(("sync",)),
)


def act(simulator: Simulator, kind: str, *about: Any) -> None:
    first, *rest = about
    user = simulator.user
    actions: dict[str, Callable[[], Any]] = {
        "create": lambda: user(first).create_group(
            "new",
            GroupId=rest[0],
            group_type=rest[1],
            MemberList=[{"Member_Account": rest[2]}] if rest[1] != "AVChatRoom" else None,
        ),
        "modify": lambda: user("ann").modify_group(first, **{rest[0]: rest[1]}),
        "dissolve": lambda: user("ann").dissolve(first),
        "join": lambda: user(first).join(rest[0]),
        "leave": lambda: user(first).leave(rest[0]),
        "invite": lambda: user(first).invite(rest[0], [rest[1]]),
        "kick": lambda: user("ann").kick(rest[0], [first]),
        "card": lambda: user("ann").modify_member(rest[0], first, NameCard=rest[1]),
        "role": lambda: user("ann").modify_member(rest[0], first, Role=rest[1]),
        "give": lambda: user("ann").give_away(rest[0], first),
        "nick": lambda: user(first).set_profile({NICK: rest[0]}),
        "state": lambda: ACTIONS[rest[0]](user(first)),
    }
    with suppress(Refusal):
        actions[kind]()


def sync_all() -> None:
    for kind in ("sync_groups", "sync_members", "sync_accounts"):
        run = runs.start(kind)
        tasks.run_sync(run.pk)
        run.refresh_from_db()
        assert run.status == "succeeded", run.error


def carried(side: dict[str, Any]) -> dict[str, Any]:
    return {**side, "accounts": None}


@given(steps=st.lists(STEP, max_size=25), data=st.data(), lossy=st.booleans())
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_orders_repeats_and_losses_mixed_with_syncs(
    simulator: Simulator,
    tim: Tim,
    service: Service,
    steps: list[tuple[Any, ...]],
    data: st.DataObject,
    lossy: bool,
) -> None:
    simulator.reset()
    for model in (CallbackEvent, GroupMember, Group, Account):
        model.objects.all().delete()
    world = World(simulator, service)
    waiting: list[Delivery] = []
    delivered: list[Delivery] = []
    for kind, *about in steps:
        if kind == "deliver":
            order, again = about
            now = [waiting[place] for place in order if place < len(waiting)]
            waiting = [one for one in waiting if one not in now]
            world.deliver([*now, *(delivered[-2:] if again else [])])
            delivered += now
        elif kind == "refetch":
            world.refetch()
        elif kind == "sync":
            sync_all()
        else:
            act(simulator, kind, *about)
            waiting += simulator.callbacks.take()
    if lossy and waiting:
        kept = data.draw(st.lists(st.booleans(), min_size=len(waiting), max_size=len(waiting)))
        waiting = [one for one, stays in zip(waiting, kept, strict=True) if stays]
    world.deliver(data.draw(st.permutations(waiting)))
    world.refetch()
    if not lossy:
        assert carried(world.mirrored()) == carried(world.remote())
        known = world.mirrored()["accounts"]
        heard = {one.body.get("From_Account") for one in (*delivered, *waiting)}
        seen = {one.body.get("Info", {}).get("To_Account") for one in (*delivered, *waiting)}
        remote = world.remote()["accounts"]
        assert {one: known[one] for one in USERS if one in seen} == {
            one: remote[one] for one in USERS if one in seen
        }
        # A sync may have read the profile before a refetch would have asked who is online.
        for user_id in set(USERS) & heard - seen:
            assert known[user_id] in (remote[user_id], (remote[user_id][0], ""))
    sync_all()
    assert carried(world.mirrored()) == carried(world.remote())
    for group in Group.objects.filter(gone_at=None):
        info = tim.groups.get_many([group.group_id]).values()[0]
        volatile = {"ErrorCode", "ErrorInfo", "NextMsgSeq", "LastMsgTime", "OnlineMemberNum"}
        assert group.raw == {name: value for name, value in info.items() if name not in volatile}
