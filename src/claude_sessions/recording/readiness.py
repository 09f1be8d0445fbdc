"""Which descriptors can be read or written: one object to ask at once, and to wait for inside trio.

The pump asks without going through trio while it is busy (a trip through its scheduler costs more than the work), and
waits in trio when it is idle. epoll and kqueue descriptors can themselves be waited for: one wait covers them all.
"""

import select
import sys
from typing import Protocol

if sys.platform == "linux":
    READ = select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR
    WRITE = select.EPOLLOUT | select.EPOLLHUP | select.EPOLLERR
else:
    READ = 1
    WRITE = 2


class Readiness(Protocol):
    """The interface over epoll and kqueue."""

    def watch(self, wanted: dict[int, int]) -> set[int]:
        """Watch exactly these descriptors for READ, WRITE or both; return those that are ready by nature (files)."""

    def forget(self, fd: int) -> None:
        """Stop watching a descriptor that is about to be closed.

        Others may hold the same open file: then closing alone would not take it out, and it would be reported for ever.
        """

    def poll(self, seconds: float) -> list[tuple[int, int]]:
        """Return (descriptor, READ | WRITE) of what is ready; an error or hang-up is ready for both."""

    def fileno(self) -> int:
        """Return the descriptor that can be read when something is ready."""

    def close(self) -> None:
        """Let go of it."""


def open_readiness() -> Readiness:
    """Return the kind that this system has."""
    if sys.platform == "linux":
        return EpollReadiness()
    else:  # noqa: RET505 - the type checker looks at one system at a time
        return KqueueReadiness()


if sys.platform == "linux":

    class EpollReadiness:
        """Linux."""

        def __init__(self) -> None:
            self._epoll = select.epoll()
            self._watched: dict[int, int] = {}
            self._files: set[int] = set()

        def watch(self, wanted: dict[int, int]) -> set[int]:
            """Tell the kernel what has changed; nothing where nothing has."""
            if wanted != self._watched:
                for fd in self._watched.keys() - wanted.keys():
                    if fd not in self._files:
                        self._epoll.unregister(fd)
                    self._files.discard(fd)
                for fd, interest in wanted.items():
                    if self._watched.get(fd) != interest:
                        self._set(fd, interest)
                self._watched = wanted
            return self._files

        def _set(self, fd: int, interest: int) -> None:
            if fd in self._watched:
                if fd not in self._files:
                    self._epoll.modify(fd, interest)
                return
            try:
                self._epoll.register(fd, interest)
            except PermissionError:  # a regular file, or a device such as /dev/null: never blocks
                self._files.add(fd)

        def forget(self, fd: int) -> None:
            """Take it out at once."""
            self.watch({other: interest for other, interest in self._watched.items() if other != fd})

        def poll(self, seconds: float) -> list[tuple[int, int]]:
            """Ask the kernel."""
            return self._epoll.poll(seconds)

        def fileno(self) -> int:
            """Return epoll's own descriptor."""
            return self._epoll.fileno()

        def close(self) -> None:
            """Close epoll."""
            self._epoll.close()

else:

    class KqueueReadiness:
        """macOS and the BSDs."""

        def __init__(self) -> None:
            self._kqueue = select.kqueue()
            self._watched: dict[int, int] = {}

        def watch(self, wanted: dict[int, int]) -> set[int]:
            """Tell the kernel what has changed; nothing where nothing has."""
            if wanted != self._watched:
                changes = []
                for fd in self._watched.keys() | wanted.keys():
                    before, after = self._watched.get(fd, 0), wanted.get(fd, 0)
                    for interest, kind in ((READ, select.KQ_FILTER_READ), (WRITE, select.KQ_FILTER_WRITE)):
                        if (before ^ after) & interest:
                            flag = select.KQ_EV_ADD if after & interest else select.KQ_EV_DELETE
                            changes.append(select.kevent(fd, kind, flag))
                self._kqueue.control(changes, 0)
                self._watched = wanted
            return set()

        def forget(self, fd: int) -> None:
            """Take it out at once."""
            self.watch({other: interest for other, interest in self._watched.items() if other != fd})

        def poll(self, seconds: float) -> list[tuple[int, int]]:
            """Ask the kernel."""
            return [
                (event.ident, READ if event.filter == select.KQ_FILTER_READ else WRITE)
                for event in self._kqueue.control(None, 16, seconds)
            ]

        def fileno(self) -> int:
            """Return kqueue's own descriptor."""
            return self._kqueue.fileno()

        def close(self) -> None:
            """Close kqueue."""
            self._kqueue.close()
