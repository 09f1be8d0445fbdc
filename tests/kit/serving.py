"""A `claude-sessions serve` in a process of its own, as a person starts it."""

import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.kit.terminal import wait_until


class Serving:
    """`with Serving(environment, folder) as server:`; its log is in `folder`."""

    def __init__(self, environment: Mapping[str, str], folder: Path, *options: str) -> None:
        self._environment = dict(environment)
        self._log = folder / "serve.log"
        self._options = options
        self.port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, on the port that it had before, and wait until it answers."""
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "claude_sessions", "serve", "--port", str(self.port), *self._options],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(lambda: "listening on" in self.said, "the server to listen", timeout=30, screen=lambda: self.said)
        self.port = int(re.search(r"listening on http://[^ ]*:([0-9]+)", self.said)[1])  # type: ignore[index]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it with a signal; return its status."""
        self.process.send_signal(number)
        return self.process.wait(20)

    @property
    def said(self) -> str:
        """What it has printed."""
        return self._log.read_text()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/"

    def login_link(self) -> str:
        """Return a link that logs a browser in."""
        done = subprocess.run(
            [sys.executable, "-m", "claude_sessions", "token", "--login"],
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        )
        (link,) = re.findall(r"http://\S+", done.stdout)
        return str(link)
