"""What is wrong in a call is a type error: mypy finds each of ``calls.py``, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from mypy import api

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CALLS = HERE / "calls.py"


def test_mypy_finds_what_is_wrong() -> None:
    wanted = {
        number: code
        for number, line in enumerate(CALLS.read_text("utf-8").splitlines(), 1)
        for code in re.findall(r"# error: ([a-z-]+)$", line)
    }
    assert len(wanted) >= 20
    given = ["--strict", "--follow-imports=silent", "--no-error-summary", "--config-file="]
    cache = f"--cache-dir={ROOT / '.mypy_cache' / 'calls'}"
    said, failure, _ = api.run([*given, "--ignore-missing-imports", cache, str(CALLS)])
    assert not failure
    lines = re.findall(r"^[^:]*calls\.py:(\d+): error: .*\[([a-z-]+)\]$", said, re.MULTILINE)
    assert {int(number): code for number, code in lines} == wanted, said
