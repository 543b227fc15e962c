"""``tims``: one client a process and app, made anew when the settings change."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest

from django_tim.client.tim import Tim
from django_tim.connection import tims
from django_tim.exceptions import UnknownAlias

KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"


def test_all_threads_share_one() -> None:
    found: list[Tim] = []
    threads = [threading.Thread(target=lambda: found.append(tims["default"])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({id(tim) for tim in found}) == 1


def test_new_settings_make_a_new_one(settings: Any) -> None:
    before = tims["default"]
    settings.DJANGO_TIM = {"default": {"SDK_APP_ID": 1400000001, "SECRET_KEY": KEY}}
    assert tims["default"] is not before
    assert tims["default"].config.sdk_app_id == 1400000001


def test_several_apps(settings: Any) -> None:
    settings.DJANGO_TIM = {
        "default": {"SDK_APP_ID": 1400000001, "SECRET_KEY": KEY},
        "staging": {"SDK_APP_ID": 1400000002, "SECRET_KEY": KEY, "REGION": "singapore"},
    }
    assert list(tims) == ["default", "staging"]
    assert [tim.config.sdk_app_id for tim in tims.all()] == [1400000001, 1400000002]
    assert "adminapisgp" in tims["staging"].config.base_url


def test_an_unknown_alias_names_the_known_ones() -> None:
    with pytest.raises(UnknownAlias, match="'default'"):
        tims["stagging"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fork_shares_nothing() -> None:
    mine = tims["default"]
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"same" if tims["default"] is mine else b"another")
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    with os.fdopen(read) as said:
        assert said.read() == "another"
