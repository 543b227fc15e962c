"""``make bench``: every benchmark of this folder, each in a process of its own.

A benchmark is a module with a ``main``, which prints one line of JSON for each figure, with a
``name``. ``FULL=1`` asks for the full size; ``ONLY=name,…`` for some modules or figures, which
each of them reads. Ends with 1 if one of them failed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    names = sorted(path.stem for path in HERE.glob("[!_]*.py"))
    return max((_run(name) for name in names), default=0)


def _run(name: str) -> int:
    print(f"{name} …", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    done = subprocess.run(command, cwd=HERE.parent, check=False)  # noqa: S603  (our own modules)
    return int(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
