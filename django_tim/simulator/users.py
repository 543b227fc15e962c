"""What users do by the app on their devices: no REST call, so the app learns of it by callbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from django_tim import catalogue
from django_tim.catalogue import Endpoint

from .body import Body
from .callbacks import Caller
from .group_types import TYPES
from .live import Rooms
from .records import Group
from .refusals import Refusal, codes_of
from .registry import HANDLERS
from .relations import Friends, tell_added
from .state import State

if TYPE_CHECKING:
    from .core import Simulator

T = TypeVar("T")
_LIVE = "AVChatRoom"
_PRIVATE = "Private"


class User:
    """An account's user on one device. Each method raises Refusal as the SDK would be answered."""

    def __init__(self, simulator: Simulator, user_id: str, platform: str = "iOS") -> None:
        self._simulator = simulator
        self._caller = Caller(user_id, platform, "203.0.113.9")
        self.user_id = user_id

    # state

    def log_in(self) -> None:
        """Come online on this device."""

        def action(state: State) -> None:
            state.account(self.user_id).log_in(self._caller.platform)
            state.tell_state(self.user_id, "Login", "Register")

        self._act(action)

    def log_out(self) -> None:
        """Go offline on this device."""
        self._leave_device("Logout", "Unregister")

    def disconnect(self) -> None:
        """Lose the connection on this device."""
        self._leave_device("Disconnect", "LinkClose")

    def set_profile(self, fields: Mapping[str, str | int]) -> None:
        """Change the own profile: {tag: value}."""
        items = [{"Tag": tag, "Value": value} for tag, value in fields.items()]
        self._call(catalogue.PROFILE_SET, From_Account=self.user_id, ProfileItem=items)

    # groups

    def create_group(self, name: str, *, group_type: str = "Public", **fields: Any) -> str:
        """Create a group of one's own; returns its ID. ``fields`` have the wire's names."""
        about = {"Type": group_type, "Name": name, "Owner_Account": self.user_id, **fields}
        group_id: str = self._call(catalogue.GROUP_CREATE, **about)["GroupId"]
        return group_id

    def modify_group(self, group_id: str, **fields: Any) -> None:
        """Change a group's profile. ``fields`` have the wire's names."""
        self._call(catalogue.GROUP_MODIFY, GroupId=group_id, **fields)

    def dissolve(self, group_id: str) -> None:
        """Dissolve a group."""
        self._call(catalogue.GROUP_DISSOLVE, GroupId=group_id)

    def join(self, group_id: str, *, approved: bool = True) -> bool:
        """Ask to join a group; whether that made a member: an owner may have to approve."""

        def action(state: State) -> bool:
            group = state.group(group_id)
            self._check_joining(state, group)
            about = {"GroupId": group_id, "Type": group.type}
            asked = {**about, "Requestor_Account": self.user_id}
            state.ask("Group.CallbackBeforeApplyJoinGroup", asked)
            if group.apply_join == "NeedPermission" and not approved:
                return False
            if group.type == _LIVE:
                state.part(Rooms).join(group_id, self.user_id)
            else:
                state.join(group, self.user_id)
            state.tell_joined(group, [self.user_id], "Apply")
            return True

        return self._act(action)

    def leave(self, group_id: str) -> None:
        """Leave a group. The owner can't, save in groups of the type Private."""

        def action(state: State) -> None:
            group = state.group(group_id)
            if group.owner == self.user_id and group.type != _PRIVATE:
                raise Refusal(10009, "the owner can't leave the group")
            if group.type == _LIVE:
                state.part(Rooms).leave(group_id, self.user_id)
            elif group.member(self.user_id) is None:
                raise Refusal(10007, f"{self.user_id} is no member of the group")
            else:
                state.leave(group, self.user_id)
            state.tell_left(group, [self.user_id], "Quit")

        self._act(action)

    def invite(self, group_id: str, user_ids: Iterable[str]) -> None:
        """Bring others into a group."""
        members = [{"Member_Account": user_id} for user_id in user_ids]
        self._call(catalogue.GROUP_MEMBER_ADD, GroupId=group_id, MemberList=members)

    def kick(self, group_id: str, user_ids: Iterable[str]) -> None:
        """Take members out of a group."""
        about = {"GroupId": group_id, "MemberToDel_Account": list(user_ids)}
        self._call(catalogue.GROUP_MEMBER_DELETE, **about)

    def modify_member(self, group_id: str, user_id: str, **fields: Any) -> None:
        """Change a member's role or name card. ``fields`` have the wire's names."""
        about = {"GroupId": group_id, "Member_Account": user_id, **fields}
        self._call(catalogue.GROUP_MEMBER_MODIFY, **about)

    def give_away(self, group_id: str, new_owner: str) -> None:
        """Make another member the owner."""
        about = {"GroupId": group_id, "NewOwner_Account": new_owner}
        self._call(catalogue.GROUP_CHANGE_OWNER, **about)

    # messages

    def send(self, to: str, message: str | list[dict[str, Any]]) -> dict[str, Any]:
        """Send a message to an account: a text, or elements. Returns the answer."""
        body = {"From_Account": self.user_id, "To_Account": to, "MsgBody": _elements(message)}
        return self._call(catalogue.MESSAGE_SEND, **body, MsgRandom=self._random())

    def send_to_group(self, group_id: str, message: str | list[dict[str, Any]]) -> dict[str, Any]:
        """Send a message to a group: a text, or elements. Returns the answer."""
        body = {"From_Account": self.user_id, "GroupId": group_id, "MsgBody": _elements(message)}
        return self._call(catalogue.GROUP_MESSAGE_SEND, **body, Random=self._random())

    # relations

    def add_friends(self, user_ids: Iterable[str], *, wording: str = "") -> dict[str, Any]:
        """Ask others to be friends. Returns the answer."""
        items = [
            {"To_Account": one, "AddSource": "AddSource_Type_App", "AddWording": wording}
            for one in user_ids
        ]
        about = {"From_Account": self.user_id, "AddFriendItem": items}
        return self._call(catalogue.FRIEND_ADD, **about)

    def answer_friend(self, requester: str, *, accept: bool = True) -> None:
        """Consent to somebody's wish to be a friend, or turn it down."""

        def action(state: State) -> None:
            friends = state.part(Friends)
            chosen = "Response_Action_AgreeAndAdd" if accept else "Response_Action_Reject"
            item = {"To_Account": requester, "ResponseAction": chosen}
            about = {"Requester_Account": self.user_id, "From_Account": self.user_id}
            asked = {**about, "ResponseFriendItem": [item]}
            refused = state.ask("Sns.CallbackPrevFriendResponse", asked).codes
            if requester in refused:
                raise Refusal(*refused[requester])
            if accept:
                pairs = friends.accept(self.user_id, requester)
                tell_added(state, pairs, requester, "friend_response")
            else:
                friends.reject(self.user_id, requester)

        self._act(action)

    def delete_friends(self, user_ids: Iterable[str]) -> dict[str, Any]:
        """Part with friends. Returns the answer."""
        about = {"From_Account": self.user_id, "To_Account": list(user_ids)}
        return self._call(catalogue.FRIEND_DELETE, **about)

    def _act(self, action: Callable[[State], T]) -> T:
        def known(state: State) -> T:
            state.account(self.user_id)
            return action(state)

        return self._simulator.act(self._caller, lambda: known(self._simulator.state))

    def _call(self, endpoint: Endpoint[Any], **fields: Any) -> dict[str, Any]:
        """What the endpoint does, in the user's name."""
        service, command = endpoint.path.split("/")

        def action(state: State) -> dict[str, Any]:
            body = Body(fields, codes_of(service), command)
            return dict(HANDLERS[endpoint.path](state, body))

        return self._act(action)

    def _leave_device(self, action: str, reason: str) -> None:
        def left(state: State) -> None:
            account = state.account(self.user_id)
            if account.devices.pop(self._caller.platform, None) is not None:
                state.tell_state(self.user_id, action, reason)

        self._act(left)

    def _check_joining(self, state: State, group: Group) -> None:
        if group.apply_join == "DisableApply":
            raise Refusal(10007, "nobody may ask to join this group")
        if group.member(self.user_id) is not None:
            raise Refusal(10013, f"{self.user_id} is a member already")
        if (group.bans or {}).get(self.user_id, 0) > state.clock.time():
            raise Refusal(10007, f"{self.user_id} is banned from the group")
        most = state.max_members(group)
        if most and group.member_count >= most and TYPES[group.type].lists_members:
            state.tell("Group.CallbackAfterGroupFull", {"GroupId": group.group_id})
            raise Refusal(10014, "the group is full")

    def _random(self) -> int:
        return self._simulator.next_random()


def _elements(message: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    if isinstance(message, str):
        return [{"MsgType": "TIMTextElem", "MsgContent": {"Text": message}}]
    return message


ACTIONS = {
    name: method
    for name, method in vars(User).items()
    if callable(method) and not name.startswith("_")
}
"""What the control API lets users do."""
