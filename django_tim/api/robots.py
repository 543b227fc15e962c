"""Robots: make, delete, list."""

from __future__ import annotations

from django_tim.answers import Envelope
from django_tim.catalogue import ROBOT_CREATE, ROBOT_DELETE, ROBOT_LIST
from django_tim.client.area import Area, Extra
from django_tim.exceptions import InvalidArgument

from .ids import check_user_id

PREFIX = "@RBT#"


class Robots(Area):
    """The robots' accounts of ``openim_robot_http_svc``: their UserIDs begin with @RBT#."""

    def create(
        self,
        robot_id: str,
        *,
        nick: str | None = None,
        face_url: str | None = None,
        self_signature: str | None = None,
        extra: Extra = None,
    ) -> Envelope:
        """Make a robot, or give one that exists other fields; 20 for an app.

        ``robot_id``: at most 32 bytes. The texts: at most 500 bytes each. Page 55281.
        """
        payload = {
            "UserID": check_robot_id(robot_id),
            "Nick": nick,
            "FaceUrl": face_url,
            "SelfSignature": self_signature,
        }
        return self._call(ROBOT_CREATE, payload, extra)

    def delete(self, robot_id: str, *, extra: Extra = None) -> Envelope:
        """Put a robot out of work; its UserID stays taken. Page 55282."""
        return self._call(ROBOT_DELETE, {"Robot_Account": check_robot_id(robot_id)}, extra)

    def get_all(self, *, extra: Extra = None) -> list[str]:
        """The UserIDs of all robots. Page 55280."""
        return self._call(ROBOT_LIST, {}, extra).get("Robot_Account") or []


def check_robot_id(robot_id: str) -> str:
    """Return the UserID; raise InvalidArgument unless it is a robot's."""
    if not check_user_id(robot_id).startswith(PREFIX):
        raise InvalidArgument(f"a robot's UserID begins with {PREFIX}: {robot_id!r}")
    return robot_id
