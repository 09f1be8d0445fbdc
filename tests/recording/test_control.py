"""The control socket of a running session."""

import functools
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from claude_sessions.base.paths import inside
from claude_sessions.recording import control
from claude_sessions.store.home import Home

ID = "11111111-aaaa-4aaa-8aaa-000000000001"


def handle(request: dict[str, Any]) -> dict[str, Any]:
    if request.get("do") == "fail":
        raise RuntimeError("a fault of ours")
    return {"paused": False}


def send(home: Home, data: bytes) -> None:
    """Send and hang up without waiting for the answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        with inside(home.folder("run")):
            connection.connect(control.socket_name(ID))
        connection.sendall(data)


@pytest.mark.parametrize(
    "asking",
    [
        lambda home: send(home, b'{"x":' + b"[" * 30_000 + b"]" * 30_000 + b"}\n"),
        lambda home: send(home, b'{"x":"\xff"}\n'),
        lambda home: send(home, b"nonsense\n"),
        lambda home: send(home, b'{"do":"fail"}\n'),
        lambda home: send(home, b""),
    ],
    ids=["deep", "not UTF-8", "no JSON", "a fault", "nothing"],
)
def test_the_next_caller_is_answered(tmp_path: Path, asking: Callable[[Home], None]) -> None:
    """Whatever one conversation ends in, the service goes on."""
    with Home.open(tmp_path / "home", create=True) as home:
        listener = control.listen(home, ID)

        async def both() -> dict[str, Any]:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(control.serve, listener, handle)
                await trio.to_thread.run_sync(asking, home)
                answer = await trio.to_thread.run_sync(functools.partial(control.ask, home, ID, {"do": "status"}))
                nursery.cancel_scope.cancel()
            return answer

        assert trio.run(both) == {"paused": False}
