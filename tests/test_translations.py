"""The Simplified Chinese catalogue: complete, in step with the sources, and compiled."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import polib
import pytest
from django.contrib.auth.models import Group as Users
from django.utils import translation
from django.utils.translation import gettext

from django_tim.models import Group
from tests.servers import lacking

ROOT = Path(__file__).resolve().parent.parent / "django_tim"
MESSAGES = "locale/zh_Hans/LC_MESSAGES"
TOOLS = ("xgettext", "msgmerge", "msgfmt", "msguniq")
PLACE = re.compile(r"%%|%(?:\(\w+\))?[sdr]|\{\w*\}")


@pytest.fixture(scope="module")
def catalogue() -> Any:
    return polib.pofile(str(ROOT / MESSAGES / "django.po"))


def key(entry: Any) -> tuple[str | None, str, str]:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def texts(entry: Any) -> list[str]:
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def test_nothing_is_untranslated_fuzzy_or_left_over(catalogue: Any) -> None:
    assert [entry.msgid for entry in catalogue if not entry.translated()] == []
    assert [entry.msgid for entry in catalogue if entry.fuzzy or entry.obsolete] == []


def test_each_place_for_a_value_is_in_the_translation(catalogue: Any) -> None:
    wrong = [
        entry.msgid
        for entry in catalogue
        for text in texts(entry)
        if sorted(PLACE.findall(text)) != sorted(PLACE.findall(entry.msgid_plural or entry.msgid))
    ]
    assert wrong == []


def test_the_compiled_catalogue_is_the_same(catalogue: Any) -> None:
    compiled = polib.mofile(str(ROOT / MESSAGES / "django.mo"))
    assert {key(e): texts(e) for e in compiled} == {key(e): texts(e) for e in catalogue}


def test_the_catalogue_has_the_sources_strings(catalogue: Any, tmp_path: Path) -> None:
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        lacking(f"gettext's {missing[0]}")
    ignored = shutil.ignore_patterns("__pycache__", "vendor", "locale")
    copy = shutil.copytree(ROOT, tmp_path / "django_tim", ignore=ignored)
    (copy / "locale").mkdir()
    make = (sys.executable, "-m", "django", "makemessages", "--locale", "zh_Hans", "--domain")
    no_project = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")}
    for domain in ("django", "djangojs"):
        subprocess.run([*make, domain], cwd=copy, check=True, capture_output=True, env=no_project)
    fresh = polib.pofile(str(copy / MESSAGES / "django.po"))
    assert {key(entry) for entry in fresh} == {key(entry) for entry in catalogue}
    in_scripts = copy / MESSAGES / "djangojs.po"
    assert not in_scripts.exists(), "scripts take their texts from the page"


def test_our_words_stand_beside_those_of_django() -> None:
    """A group of users is 组; Django's catalogue wins where it has the same string."""
    with translation.override("zh-hans"):
        assert gettext("group members") == "群成员"
        assert [str(name) for name in (Group._meta.verbose_name, Users._meta.verbose_name)] == [
            "群组",
            "组",
        ]
