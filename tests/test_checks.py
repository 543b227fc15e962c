"""The system checks name the setting that is wrong, and show no secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connections

from django_tim import checks, conf
from django_tim.client.config import AppConfig
from django_tim.client.usersig import sign
from django_tim.connection import tims
from django_tim.exceptions import ConfigurationError

KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
GOOD = {"SDK_APP_ID": 1400000000, "SECRET_KEY": KEY, "CALLBACK_TOKENS": "a token"}


def found(settings: Any, app: Any) -> list[tuple[str | None, str]]:
    settings.DJANGO_TIM = {"default": app}
    return [(message.id, message.msg) for message in checks.check_settings()]


def test_good_settings(settings: Any) -> None:
    assert found(settings, GOOD) == []
    assert found(settings, {**GOOD, "SDK_APP_ID": "1400000000", "REGION": "frankfurt"}) == []


@pytest.mark.parametrize(
    ("app", "check", "name"),
    [
        ({"SECRET_KEY": KEY}, "tim.E002", '["SDK_APP_ID"] is missing'),
        ({"SDK_APP_ID": 1400000000}, "tim.E005", '["SECRET_KEY"] is missing'),
        ({**GOOD, "SDK_APP_ID": "abc"}, "tim.E003", '["SDK_APP_ID"]'),
        ({**GOOD, "SDK_APP_ID": 0}, "tim.E003", '["SDK_APP_ID"]'),
        ({**GOOD, "ADMIN": ""}, "tim.E003", '["ADMIN"]'),
        ({**GOOD, "REGION": "mars"}, "tim.E003", '["REGION"]'),
        ({**GOOD, "HOST": "http://tim.example.com"}, "tim.E006", '["HOST"]'),
        ({**GOOD, "HOST": "https://tim.example.com/v4"}, "tim.E003", '["HOST"]'),
        ({**GOOD, "RATE_SHARE": 2}, "tim.E008", '["RATE_SHARE"]'),
        ({**GOOD, "RATES": {"openim/nothing": 1}}, "tim.E003", '["RATES"]'),
        ({**GOOD, "BATCH_CAPS": {"openim/sendmsg": 1}}, "tim.E003", '["BATCH_CAPS"]'),
        ({**GOOD, "READ_ONLY": "yes"}, "tim.E003", '["READ_ONLY"]'),
        ({**GOOD, "DEADLINE": 0}, "tim.E003", '["DEADLINE"]'),
        ({**GOOD, "PACING": "redis"}, "tim.E002", '["PACING_URL"]'),
        ({**GOOD, "SECRETKEY": KEY}, "tim.E004", '["SECRETKEY"]'),
        ({**GOOD, "USERSIG": "nonsense"}, "tim.E003", '["USERSIG"]'),
        ("a text", "tim.E001", 'DJANGO_TIM["default"]'),
    ],
)
def test_what_is_wrong_is_named(settings: Any, app: Any, check: str, name: str) -> None:
    [(id_, text), *_] = found(settings, app)
    assert id_ == check
    assert name in text


def test_a_misspelt_name_gets_a_hint(settings: Any) -> None:
    settings.DJANGO_TIM = {"default": {**GOOD, "SECRET_KEYS": "s3cret"}}
    [message] = checks.check_settings()
    assert message.hint == "Did you mean SECRET_KEY?"


def test_no_secret_is_shown(settings: Any) -> None:
    for name in ("SECRET_KEY", "USERSIG", "PACING_URL"):
        shown = str(found(settings, {**GOOD, name: ["s3cret"]}))
        assert name in shown
        assert "s3cret" not in shown


def test_the_setting_itself_is_missing_or_wrong(settings: Any) -> None:
    del settings.DJANGO_TIM
    conf.reload()  # a deletion sends no setting_changed
    assert [message.id for message in checks.check_settings()] == ["tim.E001"]
    settings.DJANGO_TIM = ["default"]
    [message] = checks.check_settings()
    assert message.msg.startswith("DJANGO_TIM: expected a dict")


def test_options(settings: Any) -> None:
    settings.DJANGO_TIM_OPTIONS = {"SYNC_THREADS": 0}
    [message, *_] = checks.check_settings()
    assert message.id == "tim.E003"
    assert 'DJANGO_TIM_OPTIONS["SYNC_THREADS"]' in message.msg


def test_a_callable_is_not_called_but_its_path_must_lead_to_one(settings: Any) -> None:
    settings.DJANGO_TIM = "tests.test_checks.tenants"
    assert checks.check_settings() == []
    assert conf.aliases() == ["acme"]
    settings.DJANGO_TIM = "tests.test_checks.nowhere"
    assert [message.id for message in checks.check_settings()] == ["tim.E007"]
    settings.DJANGO_TIM = "tests.test_checks.KEY"
    assert [message.id for message in checks.check_settings()] == ["tim.E007"]


def tenants() -> dict[str, Any]:
    return {"acme": GOOD}


def test_a_simulator_outside_debug(settings: Any) -> None:
    app = {**GOOD, "HOST": "http://127.0.0.1:9000"}
    assert [id_ for id_, _ in found(settings, app)] == ["tim.W002"]
    settings.DEBUG = True
    assert found(settings, app) == []


def test_a_fixed_signature_that_ends(settings: Any) -> None:
    config = AppConfig(sdk_app_id=1400000000, secret_key=KEY)
    app = {"SDK_APP_ID": 1400000000, "CALLBACK_TOKENS": ["a token"]}
    [(id_, text)] = found(settings, {**app, "USERSIG": _signed(config, days=5)})
    assert id_ == "tim.W003"
    assert "ends in 4 days" in text
    assert found(settings, {**app, "USERSIG": _signed(config, days=99)}) == []


def _signed(config: AppConfig, *, days: int) -> str:
    return sign(config, "administrator", days * 86_400).reveal()


def test_sqlite(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    connection = connections["default"]
    if connection.vendor != "sqlite":
        assert checks.check_sqlite() == []
        return
    monkeypatch.setattr(connection, "is_in_memory_db", lambda: False)
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    [message] = checks.check_sqlite()
    assert message.id == "tim.W001"
    assert "IMMEDIATE" in str(message.hint)
    assert "journal_mode" in str(message.hint)
    whole = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", whole)
    assert checks.check_sqlite() == []


def test_manage_py_check_runs_them(settings: Any) -> None:
    settings.DJANGO_TIM = {"default": {"SDK_APP_ID": 1}}
    with pytest.raises(SystemCheckError, match="SECRET_KEY"):
        call_command("check")
    assert any(message.id == "tim.E005" for message in run_checks(tags=["django_tim"]))


def test_a_call_with_wrong_settings_says_the_same(settings: Any) -> None:
    settings.DJANGO_TIM = {"default": {"SDK_APP_ID": 1}}
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        tims["default"]
