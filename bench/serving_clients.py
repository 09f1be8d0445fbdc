"""Many clients of a server in a process of their own: `python -m bench.serving_clients PORT TOKEN_FILE TARGET CLIENTS LAST`.

Each reads an event stream, or a WebSocket where the target is `/ws`, until the number LAST has come. They look no further than for the
numbers: what is measured is the server. Prints `ready` when all are connected, and in the end one JSON object.
"""

import base64
import json
import os
import re
import selectors
import socket
import sys
import time
from pathlib import Path

_NUMBER = re.compile(
    rb'"content":\{"type":"user","text":"([0-9]+)"|"content":"([0-9]+)"|(event: clear_all)|"type":"gap","missed":([0-9]+)'
)
_CHUNK = re.compile(rb"\r\n[0-9a-f]+\r\n")
"""What HTTP puts between two pieces; no event has such a line break."""
_ANY = -2
"""Before the number of which nothing is known of what comes before it: the first one, or that after a gap."""
_TAIL = 200
_PATIENCE_S = 120


class Client:
    """One connection, and what has come over it."""

    def __init__(self, port: int, token: str, target: str) -> None:
        self.socket = connected(port, token, target)
        self._chunked = not target.startswith("/ws")
        self.count = self.gaps = self.missed = self.disorder = 0
        self.last = _ANY if target.startswith("/ws") else -1
        self._rest = b""

    def read(self) -> None:
        """Take what is there."""
        data = self._rest + self.socket.recv(1 << 20)
        if self._chunked:
            data = _CHUNK.sub(b"", data)
        end = 0
        for found in _NUMBER.finditer(data):
            end = found.end()
            if found[3] or found[4]:
                self.gaps += 1
                self.missed += int(found[4] or 0)
                self.last = _ANY if found[4] else -1
                continue
            number = int(found[1] or found[2])
            self.disorder += self.last != _ANY and number != self.last + 1
            self.last = number
            self.count += 1
        self._rest = data[max(end, len(data) - _TAIL) :]


def connected(port: int, token: str, target: str) -> socket.socket:
    """Return a connection over which the answer has begun."""
    upgrade = ""
    if target.startswith("/ws"):
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = (
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        )
    one = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S)
    request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n{upgrade}\r\n"
    one.sendall(request.encode())
    head = b""
    while b"\r\n\r\n" not in head:
        data = one.recv(1, socket.MSG_WAITALL)
        if not data:
            raise ConnectionError(head.decode(errors="replace"))
        head += data
    if head.split()[1] not in {b"200", b"101"}:
        raise ConnectionError(head.decode(errors="replace"))
    return one


def main() -> None:
    """See the module."""
    port, token_file, target, count, last = sys.argv[1:]
    token = Path(token_file).read_text().strip()
    clients = [Client(int(port), token, target) for _ in range(int(count))]
    print("ready", flush=True)
    selector = selectors.DefaultSelector()
    for client in clients:
        selector.register(client.socket, selectors.EVENT_READ, client)
    until = time.monotonic() + _PATIENCE_S
    waiting = len(clients)
    while waiting and time.monotonic() < until:
        for key, _ in selector.select(1):
            key.data.read()
            if key.data.last == int(last) or key.data.count + key.data.missed == int(last):
                selector.unregister(key.fileobj)
                waiting -= 1
    told = {
        "finished": time.monotonic(),
        "deliveries": sum(client.count for client in clients),
        "gaps": sum(client.gaps for client in clients),
        "disorder": sum(client.disorder for client in clients),
        "unfinished": waiting,
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
