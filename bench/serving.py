"""`serve`: from a line in a transcript to the client that waits for it, one by one, in bursts, and with bad neighbours."""

import contextlib
import json
import os
import random
import re
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.harness import RUNS, Row, median, percentile
from bench.serving_clients import Client, connected
from bench.transcripts import made_corpus
from tests.kit.serving import Serving

MB = 1_000_000
_PATIENCE_S = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")
_SSE, _SOCKETS = 100, 20
_BURST = 10_000


class Bench:
    """A server with transcripts of its own."""

    def __init__(self, folder: Path, projects: int = 0) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self.home = folder / "home"
        self.claude = folder / "claude"
        (self.claude / "projects").mkdir(parents=True)
        environment = dict(os.environ, CLAUDE_SESSIONS_HOME=str(self.home), CLAUDE_CONFIG_DIR=str(self.claude))
        for number in range(projects):
            self.append(number, [0])
        self.serving = Serving(environment, folder, "--log-level", "error")
        self._numbers: dict[int, int] = {}

    @property
    def token(self) -> str:
        """What clients show."""
        return (self.home / "server" / "token").read_text().strip()

    def path(self, session: int) -> Path:
        """A session's transcript."""
        return self.claude / "projects" / f"-home-ann-{session % 100}" / f"{session_id(session)}.jsonl"

    def append(self, session: int, numbers: Sequence[int]) -> None:
        """Write lines with these numbers to a session."""
        path = self.path(session)
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as file:
            file.write(b"".join(line(session, number) for number in numbers))

    def client(self, target: str) -> Client:
        """A client in this process."""
        return Client(self.serving.port, self.token, target)

    def cpu(self) -> float:
        """Processor seconds of the server so far."""
        fields = Path(f"/proc/{self.serving.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident(self) -> float:
        """Its memory, in MB."""
        return int(Path(f"/proc/{self.serving.process.pid}/statm").read_text().split()[1]) * 4096 / MB

    def subscribers(self) -> int:
        """How many listen to events of sessions, as it says itself."""
        address = ("127.0.0.1", self.serving.port)
        with socket.create_connection(address, timeout=_PATIENCE_S) as one:
            request = f"GET /sessions HTTP/1.1\r\nHost: {address[0]}\r\nAuthorization: Bearer {self.token}\r\n"
            one.sendall(f"{request}Connection: close\r\n\r\n".encode())
            body = b"".join(iter(lambda: one.recv(65_536), b"")).partition(b"\r\n\r\n")[2]
        return sum(int(count) for count in re.findall(rb'"sse_clients":([0-9]+)', body))


def session_id(session: int) -> str:
    """Return Claude's id of a session."""
    return f"{session:08d}-aaaa-4aaa-8aaa-000000000000"


def line(session: int, number: int) -> bytes:
    """Return a line of a transcript that says a number."""
    fields = {
        "type": "user",
        "uuid": f"{session}-{number}",
        "parentUuid": f"{session}-{number - 1}" if number else None,
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "sessionId": session_id(session),
        "cwd": "/home/ann/shop",
        "message": {"role": "user", "content": f"{number}"},
    }
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def serving(folder: Path) -> list[Row]:
    """All of it."""
    rows = []
    for part in (latency, burst, neighbours, found, start, end):
        rows += part(folder / "serving")
    shutil.rmtree(folder / "serving", ignore_errors=True)
    return rows


def _events(session: int) -> str:
    return f"/sessions/{session_id(session)}/events"


def _delays(bench: Bench, client: Client, numbers: Sequence[int], session: int = 0) -> list[float]:
    """Append 20 lines a second, and return how long each took to a client."""
    delays = []
    for number in numbers:
        bench.append(session, [number])
        began = time.perf_counter()
        while client.last != number:
            client.read()
        delays.append(time.perf_counter() - began)
        time.sleep(max(0.0, 0.05 - delays[-1]))
    return delays


def latency(folder: Path) -> list[Row]:
    """From `write` to the client, with one transcript and with 2,000."""
    rows = []
    for files, bar in ((1, 30), (2000, 60)):
        bench = Bench(folder, files)
        with bench.serving:
            for what, target in (("events", _events(0)), ("WebSocket", "/ws")):
                client = bench.client(target)
                _delays(bench, client, range(1, 20))
                shown = percentile(_delays(bench, client, range(20, 220)), 0.95) * 1000
                client.socket.close()
                bench.path(0).write_bytes(line(0, 0))
                time.sleep(0.5)
                rows.append(
                    Row(
                        f"append to client, {what}, {files:,} files, 95th percentile",
                        f"{shown:.1f} ms",
                        "",
                        f"at most {bar} ms",
                        shown <= bar,
                    )
                )
    return rows


def burst(folder: Path) -> list[Row]:
    """10,000 lines to a hundred event streams and twenty WebSockets in processes of their own: at once, and in ten seconds."""
    return [*_burst(folder, "at once", _BURST), *_burst(folder, "100 at a time, ten times a second", 100)]


def _burst(folder: Path, how: str, piece: int) -> list[Row]:
    bench = Bench(folder, 1)
    with bench.serving:
        groups = [(_events(0), _SSE // 2), (_events(0), _SSE // 2), ("/ws", _SOCKETS)]
        processes = [_clients(bench, target, count) for target, count in groups]
        cpu, began = bench.cpu(), time.monotonic()
        for number in range(1, _BURST + 1, piece):
            time.sleep(max(0.0, began + (number - 1) / 1000 - time.monotonic()))
            bench.append(0, range(number, number + piece))
        told = [json.loads(process.communicate(timeout=200)[0]) for process in processes]
        cpu = bench.cpu() - cpu
    wall = max(one["finished"] for one in told) - began
    total = {name: sum(one[name] for one in told) for name in ("deliveries", "gaps", "disorder", "unfinished")}
    wrong = total["disorder"] + total["unfinished"]
    rate = total["deliveries"] / cpu
    return [
        Row(f"{_BURST:,} lines {how} to {_SSE} event streams, {_SOCKETS} WebSockets: a second of one core", f"{rate:,.0f}",
            f"{total['deliveries']:,} in {wall:.1f} s, {cpu:.1f} s of processor", "at least 25,000", rate >= 25_000),
        Row("of them out of order, or lost without a word", f"{wrong}", f"{total['gaps']} gaps or snapshots", "0", not wrong),
    ]  # fmt: skip


def _clients(bench: Bench, target: str, count: int) -> "subprocess.Popen[str]":
    token = str(bench.home / "server" / "token")
    argv = ["-m", "bench.serving_clients", str(bench.serving.port), token, target, str(count), str(_BURST)]
    process = subprocess.Popen([sys.executable, *argv], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def neighbours(folder: Path) -> list[Row]:
    """A client that never reads while 10,000 lines come, and 500 that reset their connections: what others notice."""
    bench = Bench(folder, 3)
    with bench.serving:
        grown = []
        for session, bad in ((0, False), (1, False), (2, True)):
            client = bench.client(_events(session))
            quiet = _delays(bench, client, range(1, 60), session)
            before = bench.resident()
            silent = [bench.client(target) for target in (_events(session), "/ws") if bad]
            lately = _among(bench, client, session, 60, bad=bad)
            if bad:
                for _ in range(500):
                    one = connected(bench.serving.port, bench.token, _events(session))
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    one.close()
                lately += _delays(bench, client, range(client.last + 1, client.last + 100), session)
            _delays(bench, bench.client(_events(session)), [client.last + 1], session)  # who comes later gets all of it
            grown.append(bench.resident() - before)
            client.socket.close()
            for each in silent:
                each.socket.close()
        began = time.monotonic()
        while bench.subscribers() and time.monotonic() < began + _PATIENCE_S:
            time.sleep(0.01)
        gone = time.monotonic() - began
    more = grown[2] - grown[1]
    quiet_ms, lately_ms = (percentile(delays, 0.95) * 1000 for delays in (quiet, lately))
    return [
        Row("others' latency beside clients that never read, and 500 resets", f"{lately_ms:.1f} ms",
            f"without {quiet_ms:.1f} ms", "at most 5 ms more", lately_ms <= quiet_ms + 5),
        Row("memory for them", f"{more:.1f} MB", f"the same burst without: {grown[1]:.1f} MB", "under 5 MB", more < 5),
        Row("until no subscriber is left", f"{gone:.2f} s", "", "under 1 s", gone < 1),
    ]  # fmt: skip


def _among(bench: Bench, client: Client, session: int, first: int, *, bad: bool) -> list[float]:
    """Write the burst, 50 lines at a time; return how long the client waited for the last of each, where it is `bad`."""
    delays = []
    for number in range(first, first + _BURST, 50):
        bench.append(session, range(number, number + 50))
        began = time.perf_counter()
        while client.last != number + 49:
            client.read()
        delays.append(time.perf_counter() - began)
    return _delays(bench, client, range(client.last + 1, client.last + 100), session) if bad else delays


def found(folder: Path) -> list[Row]:
    """New folders all at once; the root deleted and made again; 20,000 files: how long until every line was seen."""
    rows = []
    bench = Bench(folder, 1)
    with bench.serving:
        client = bench.client("/ws")
        time.sleep(1)
        rows.append(_seen("300 times mkdir and write", client, 300, lambda: _write_new(bench, range(1000, 1300))))
        shutil.rmtree(bench.claude / "projects")
        time.sleep(0.2)
        (bench.claude / "projects").mkdir()
        rows.append(_seen("root deleted and made again", client, 300, lambda: _write_new(bench, range(2000, 2300))))
    bench = Bench(folder, 20_000)
    with bench.serving:
        client = bench.client("/ws")
        time.sleep(1)
        chosen = random.Random(3).sample(range(20_000), 500)

        def write() -> None:
            for session in chosen:
                bench.append(session, [1])

        rows.append(_seen("500 of 20,000 files", client, 500, write))
    return rows


def _write_new(bench: Bench, sessions: Sequence[int]) -> None:
    for session in sessions:
        folder = bench.claude / "projects" / f"-home-ann-new-{session}"
        folder.mkdir()
        (folder / f"{session_id(session)}.jsonl").write_bytes(line(session, 1))


def _seen(what: str, client: Client, count: int, write: Callable[[], None]) -> Row:
    """Write, and count what comes."""
    before = client.count
    write()
    began = time.perf_counter()
    selector = selectors.DefaultSelector()
    selector.register(client.socket, selectors.EVENT_READ)
    while client.count - before < count and time.perf_counter() < began + 10:
        if selector.select(0.5):
            client.read()
    took, came = time.perf_counter() - began, client.count - before
    return Row(f"{what}: all seen", f"{took:.2f} s", f"{came} of {count}", "within 2 s", came == count and took <= 2)


def start(folder: Path) -> list[Row]:
    """The corpus, nothing changed since the last run: until it listens, and its memory then."""
    corpus = made_corpus()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    environment = dict(os.environ, CLAUDE_SESSIONS_HOME=str(folder / "home"), CLAUDE_CONFIG_DIR=str(corpus))
    one = Serving(environment, folder, "--log-level", "error")
    with one:
        time.sleep(15)
    taken, sizes = [], []
    for _ in range(RUNS):
        began = time.perf_counter()
        with _started(one):
            taken.append(time.perf_counter() - began)
            time.sleep(2)
            sizes.append(int(Path(f"/proc/{one.process.pid}/statm").read_text().split()[1]) * 4096 / MB)
    ready, size = median(taken), max(sizes)
    return [
        Row("start with 400 files, 216 MB, nothing changed", f"{ready:.2f} s", "", "under 0.5 s", ready < 0.5),
        Row("its memory then", f"{size:.0f} MB", "", "under 90 MB", size < 90),
    ]


@contextlib.contextmanager
def _started(one: Serving) -> Iterator[None]:
    with one:
        yield


def end(folder: Path) -> list[Row]:
    """SIGTERM with a hundred open streams: until the process is gone."""
    taken = []
    for _ in range(RUNS):
        bench = Bench(folder, 1)
        with bench.serving:
            clients = [bench.client(_events(0)) for _ in range(80)] + [bench.client("/ws") for _ in range(20)]
            began = time.perf_counter()
            bench.serving.process.send_signal(signal.SIGTERM)
            bench.serving.process.wait(_PATIENCE_S)
            taken.append(time.perf_counter() - began)
            for client in clients:
                client.socket.close()
    worst = max(taken)
    return [Row("SIGTERM with 100 open streams", f"{worst:.2f} s", "the worst of five", "under 1 s", worst < 1)]
