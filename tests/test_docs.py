"""The documentation says what the code has: every endpoint, every setting, every signal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from django_tim import conf, signals
from django_tim.catalogue import endpoints
from django_tim.exports.lines import lines
from django_tim.management.commands.tim_simulator import Command as TimSimulator
from django_tim.samples import samples
from docs.endpoint_pages import pages, row

ROOT = Path(__file__).resolve().parent.parent
LINES = dict(endpoints())


def test_the_pages_list_every_endpoint_once_and_no_other() -> None:
    text = "".join(pages().values())
    cells = [line.removeprefix("   * - ") for line in text.splitlines() if "   * - ``" in line]
    assert sorted(cells) == sorted(f"``{endpoint.path}``" for endpoint in LINES.values())
    assert f"All {len(LINES)} endpoints" in pages()["index"]


def test_a_row_says_what_the_line_says() -> None:
    (line,) = (line for line in lines() if line.name == "GROUP_INFO")
    assert row(line) == (
        "``group_open_http_svc/get_group_info``",
        "``groups.get_many``",
        "`34961 <https://www.tencentcloud.com/document/product/1047/34961>`__",
        "200",
        "50 GroupIdList",
        "read",
        "yes",
        "yes",
    )


def test_every_sample_is_shown() -> None:
    found = pages()
    for sample in samples().values():
        assert f"\n{sample.endpoint.path}\n---" in found[sample.area]


@pytest.mark.parametrize("name", [*conf._APP, *conf._OPTIONS])
def test_every_setting_is_documented(name: str) -> None:
    assert f"``{name}``" in (ROOT / "docs" / "settings.rst").read_text("utf-8")


def test_every_signal_is_documented() -> None:
    for name, value in vars(signals).items():
        if isinstance(value, signals.Signal):
            assert f"``{name}``" in (signals.__doc__ or "")


def test_every_option_of_the_simulator_is_documented() -> None:
    parser = TimSimulator().create_parser("manage.py", "tim_simulator")
    own = {text for action in parser._actions for text in action.option_strings if "--" in text}
    base = {"--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback"}
    base |= {"--no-color", "--force-color", "--skip-checks"}
    text = (ROOT / "docs" / "simulator.rst").read_text("utf-8")
    assert {option for option in own - base if f"``{option}" not in text} == set()


def test_every_picture_is_shown_and_taken_by_a_test() -> None:
    pages = [ROOT / "README.rst", *(ROOT / "docs").glob("*.rst")]
    texts = "".join(page.read_text() for page in pages)
    shown = set(re.findall(r"images/([\w-]+)\.png", texts))
    tests = "".join(path.read_text() for path in (ROOT / "tests" / "browser").glob("test_*.py"))
    taken = set(re.findall(r"look\(\w+, \"([\w-]+)\"", tests))
    assert {path.stem for path in (ROOT / "docs" / "images").iterdir()} == shown == taken
