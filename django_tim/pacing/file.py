"""Turns shared by the processes of one host: the clocks stand in a small file under a lock."""

from __future__ import annotations

import errno
import json
import os
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django_tim.exceptions import ConfigurationError, NotSent

from .reserving import Reservation

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LARGEST = 1 << 20  # bytes; the file of a busy app has a few hundred


def default_path(sdk_app_id: int) -> str:
    """A file for the processes of this user, in a directory that no one else can write to.

    Processes of several users (a web server's and a worker's) need ``PACING_FILE`` to share one.
    """
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return str(Path(tempfile.gettempdir(), f"django-tim-{user}", f"pacing-{sdk_app_id}.json"))


class FileBackend:
    """The clocks in a file, by the system's monotonic clock, which all processes share.

    Clocks that lie in the past say nothing and are left out, so the file stays small. What was
    written before the system started is told by the time of its start, and is ignored.
    """

    def __init__(self, path: str, clock: Callable[[], float] = time.monotonic) -> None:
        if fcntl is None:
            raise ConfigurationError(
                'PACING "file" needs a system with fcntl locks; set "redis" or "database".'
            )
        self._path = Path(path)
        self._clock = clock
        self._lock = threading.Lock()
        self._fd = -1
        self._owner = os.getpid()

    def reserve(self, key: str, interval: float, turns: int, ahead: float) -> Reservation:
        """Take turns, unless they lie too far ahead. Raises NotSent if the file can't be used."""
        with self._locked() as fd:
            clocks, now = self._read(fd)
            first = max(now, clocks.get(key, now))
            if first - now > ahead:
                return Reservation(granted=False, wait=first - now - ahead)
            clocks[key] = first + turns * interval
            self._write(fd, clocks)
            return Reservation(granted=True, wait=first - now)

    def postpone(self, key: str, seconds: float) -> None:
        """Let no free turn lie less than ``seconds`` from now."""
        with self._locked() as fd:
            clocks, now = self._read(fd)
            clocks[key] = max(now + seconds, clocks.get(key, now))
            self._write(fd, clocks)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._close()

    @contextmanager
    def _locked(self) -> Iterator[int]:
        if self._owner != os.getpid():  # a fork shares the lock of the open file, and our mutex
            self._lock, self._fd, self._owner = threading.Lock(), -1, os.getpid()
        with self._lock:
            try:
                yield self._open()
            except OSError as exc:
                self._close()
                raise NotSent(
                    f"the pacing file {self._path} can't be used: {exc.strerror}"
                ) from exc
            finally:
                if self._fd >= 0:
                    fcntl.flock(self._fd, fcntl.LOCK_UN)

    def _open(self) -> int:
        """The file's descriptor, locked; opened again if the file was deleted meanwhile."""
        while True:
            if self._fd < 0:
                self._fd = _open_safely(self._path)
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            if os.fstat(self._fd).st_nlink:
                return self._fd
            self._close()

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _read(self, fd: int) -> tuple[dict[str, float], float]:
        """The clocks that lie in the future, and now."""
        now = self._clock()
        try:
            said = json.loads(os.pread(fd, LARGEST, 0) or b"{}")
            started, clocks = said.get("started", 0), said.get("clocks", {})
            current = abs(started - _started()) < 60
            return {key: at for key, at in clocks.items() if current and at > now}, now
        except (ValueError, AttributeError, TypeError):
            return {}, now  # half written by a process that was killed

    def _write(self, fd: int, clocks: dict[str, float]) -> None:
        text = json.dumps({"started": _started(), "clocks": clocks}).encode()
        os.pwrite(fd, text, 0)
        os.ftruncate(fd, len(text))


def _started() -> float:
    """When the system's monotonic clock began, by the wall clock."""
    return round(time.time() - time.monotonic(), 3)


def _open_safely(path: Path) -> int:
    """Open or make the file, never through a link that someone else has laid there."""
    directory = path.parent
    if not directory.exists():
        directory.mkdir(mode=0o700, exist_ok=True)
    if directory == Path(default_path(0)).parent:
        _refuse_foreign(directory)
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    fd = os.open(path, flags, 0o600)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "it is no regular file")
    return fd


def _refuse_foreign(directory: Path) -> None:
    found = directory.lstat()
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o022
    if not private or found.st_uid != os.getuid():
        raise OSError(
            errno.EPERM, "its directory belongs to someone else, or others may write to it"
        )
