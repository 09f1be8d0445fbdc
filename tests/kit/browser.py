"""A headless Chromium, asked through its pipe: what a page shows, whether it tried to reach anything, a picture of it."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_PATIENCE_S = 30.0


def find_browser() -> str | None:
    """Return the path of a Chromium that is installed here."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


class Browser:
    """`with Browser(path) as browser: browser.open(file)`. What it asks for, and complains of, is noted."""

    def __init__(self, program: str, *, dark: bool = False, size: tuple[int, int] = (1200, 800)) -> None:
        self._program = program
        self._dark = dark
        self._size = size
        self._numbers = itertools.count(1)
        self._rest = b""
        self._session: str | None = None
        self.complaints: list[str] = []
        """What the page wrote to the console or threw, and what its policy stopped."""
        self.requests: list[str] = []
        """The addresses of everything that was asked for, the page itself included."""

    def __enter__(self) -> Self:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        width, height = self._size
        command = (
            f'exec "$0" --headless --no-sandbox --disable-gpu --no-first-run --disable-dev-shm-usage --mute-audio '
            f'--user-data-dir="$1" --window-size={width},{height} --remote-debugging-pipe about:blank '
            f"3<&{theirs_in} 4>&{theirs_out}"
        )
        self._process = subprocess.Popen(
            ["bash", "-c", command, self._program, self._profile.name],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        pages = self.ask("Target.getTargets")["targetInfos"]
        page = next(each["targetId"] for each in pages if each["type"] == "page")
        self._session = self.ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")
        feature = {"name": "prefers-color-scheme", "value": "dark" if self._dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[feature])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._out)
        os.close(self._in)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._profile.cleanup()

    def open(self, page: Path | str) -> None:
        """Show a file, or what is at an address."""
        self.ask("Page.navigate", url=page if isinstance(page, str) else page.as_uri())

    def evaluate(self, expression: str) -> Any:
        """Return the value of JavaScript in the page."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """Return the value of JavaScript in the page as soon as it is true."""
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            if value := self.evaluate(expression):
                return value
            time.sleep(0.05)
        raise AssertionError(f"it never came true: {expression}; the page says {self.complaints}")

    def appears(self, selector: str) -> None:
        """Wait until there is such an element."""
        self.wait_for(f"document.querySelector({json.dumps(selector)}) !== null")

    def text(self, selector: str) -> str:
        """Return the text that a person sees in the first element that is meant, as soon as there is one."""
        found = json.dumps(selector)
        return str(self.wait_for(f"document.querySelector({found}) && document.querySelector({found}).innerText"))

    def click(self, selector: str) -> None:
        """Click the first element that is meant, as soon as it is there."""
        found = json.dumps(selector)
        self.wait_for(f"document.querySelector({found}) && (document.querySelector({found}).click(), true)")

    def press(self, key: str) -> None:
        """Press a key that writes a character."""
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, text=key if kind == "keyDown" else "")

    def picture(self, file: Path) -> None:
        """Write what is shown as a PNG."""
        file.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command of the DevTools protocol and return its answer."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._in], [], [], _PATIENCE_S)[0], "the browser says nothing"
            piece = os.read(self._in, 1 << 20)
            assert piece, "the browser is gone"
            self._rest += piece
        text, _, self._rest = self._rest.partition(b"\0")
        answer: dict[str, Any] = json.loads(text)
        return answer

    def _note(self, event: dict[str, Any]) -> None:
        match event.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(event["params"]["request"]["url"])
            case "Log.entryAdded":
                self.complaints.append(event["params"]["entry"]["text"])
            case "Runtime.consoleAPICalled" | "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(event["params"])[:500])
