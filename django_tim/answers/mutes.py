"""Mutes of an account everywhere: one-to-one and in all groups."""

from __future__ import annotations

from .envelope import Envelope


class AccountMute(Envelope):
    """Seconds left: 0 is not muted, 4294967295 never ends."""

    C2CmsgNospeakingTime: int
    GroupmsgNospeakingTime: int
