"""Robots: make, delete, list."""

from __future__ import annotations

from django_tim.answers import Envelope, RobotList
from django_tim.catalogue import ROBOT_CREATE, ROBOT_DELETE, ROBOT_LIST

from .body import Body
from .refusals import Refusal
from .registry import OK, simulates
from .state import Part, State

PREFIX = "@RBT#"
MOST_ROBOTS = 20
LONGEST_ID = 32
LONGEST_TEXT = 500
_TAGS = {
    "Nick": "Tag_Profile_IM_Nick",
    "FaceUrl": "Tag_Profile_IM_Image",
    "SelfSignature": "Tag_Profile_IM_SelfSignature",
}


class Robots(Part):
    """The accounts that work as robots, in the order in which they began to."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.at_work: list[str] = []

    def forget_account(self, user_id: str) -> None:
        if user_id in self.at_work:
            self.at_work.remove(user_id)


def is_robot(state: State, user_id: str) -> bool:
    """Whether the account is a robot at work."""
    return user_id in state.part(Robots).at_work


@simulates(ROBOT_CREATE)
def create_robot(state: State, body: Body) -> Envelope:
    robot_id = _robot_id(body, "UserID")
    tags = {tag: body.text(name, None, most=LONGEST_TEXT) for name, tag in _TAGS.items()}
    given = {tag: text for tag, text in tags.items() if text is not None}
    state.refuse_sensitive(*given.values())
    robots = state.part(Robots)
    if robot_id not in robots.at_work:
        if len(robots.at_work) >= MOST_ROBOTS:
            raise Refusal(10008, f"an app has at most {MOST_ROBOTS} robots")
        state.add_account(robot_id)
        robots.at_work.append(robot_id)
    state.accounts[robot_id].tags.update(given)
    return OK


@simulates(ROBOT_DELETE)
def delete_robot(state: State, body: Body) -> Envelope:
    robot_id = _robot_id(body, "Robot_Account")
    if not is_robot(state, robot_id):
        raise Refusal(10004, f"{robot_id} is no robot at work")
    # The account stays: only its work ends.
    state.part(Robots).at_work.remove(robot_id)
    return OK


@simulates(ROBOT_LIST)
def get_all_robots(state: State, body: Body) -> RobotList:
    return {**OK, "Robot_Account": list(state.part(Robots).at_work)}


def _robot_id(body: Body, name: str) -> str:
    robot_id: str = body.text(name, most=LONGEST_ID)
    if not robot_id.startswith(PREFIX):
        raise body.refusal(f"{name} does not begin with {PREFIX}")
    return robot_id
