"""The signals that a host project can listen to.

All are sent on commit and by ``send_robust``: a receiver that fails is logged, and stops
neither the others nor the change, which has been made. The sender is the model. Each carries
``app`` (the alias), ``sdk_app_id`` and ``actor`` (who asked, see ``services.actor.Actor``), and:

``group_created``, ``group_modified``
    ``group``: the Group; ``fields`` (modified): the names of the fields that were given.
``group_dissolved``
    ``group_id``.
``group_owner_changed``
    ``group``, ``new_owner``.
``member_added``, ``member_removed``
    ``group`` and ``user_ids``: those that were added, or removed; not those that failed.
``member_modified``
    ``member``: the GroupMember; ``fields``.
``member_muted``
    ``group``, ``user_ids`` and ``seconds``: 0 is the end of a mute, 4294967295 has no end.
``account_imported``, ``account_deleted``
    ``user_ids``: those that were; not those that failed.
``account_kicked``
    ``user_id``.
``profile_set``
    ``account``: the Account; ``fields``: the tags that were given.
``sync_finished``
    A sync came to its end, whatever that was. Only ``run``: the Run.
"""

from __future__ import annotations

from django.dispatch import Signal

group_created = Signal()
group_modified = Signal()
group_dissolved = Signal()
group_owner_changed = Signal()
member_added = Signal()
member_removed = Signal()
member_modified = Signal()
member_muted = Signal()
account_imported = Signal()
account_deleted = Signal()
account_kicked = Signal()
profile_set = Signal()
sync_finished = Signal()
