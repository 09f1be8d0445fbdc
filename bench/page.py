"""The page of `serve` in a headless Chromium: until there is something to read, and scrolling through a long session."""

import contextlib
import os
import time
import uuid
from pathlib import Path

from bench.harness import RUNS, Row, median
from bench.transcripts import made_corpus
from tests.kit.browser import Browser, find_browser
from tests.kit.claude_folder import line
from tests.kit.serving import Serving

_BLOCKS = 5000
_FRAME_MS = 1000 / 60
_SCROLL = """new Promise(done => {
  const list = document.querySelector('.windowed'), times = [];
  let before = performance.now();
  const step = now => {
    times.push(now - before); before = now;
    list.scrollTop -= 400;
    if (times.length < 120) requestAnimationFrame(step); else done(times.slice(1));
  };
  requestAnimationFrame(step);
})"""


def page(folder: Path) -> list[Row]:
    """Time from asking for the page to the first row of a list of 400 files, and to a session of 5,000 blocks; then scroll."""
    program = find_browser()
    if program is None:
        return []
    claude, session = folder / "claude", str(uuid.uuid4())
    project = claude / "projects" / "-home-ann-long"
    project.mkdir(parents=True)
    (project / f"{session}.jsonl").write_bytes(b"".join(line(session, "/home/ann/long", n) for n in range(_BLOCKS)))
    environment = dict(
        os.environ, CLAUDE_SESSIONS_HOME=str(folder / "home"), CLAUDE_CONFIG_DIR=f"{made_corpus()},{claude}"
    )
    with Serving(environment, folder, "--log-level", "error") as server, contextlib.ExitStack() as stack:
        shown = stack.enter_context(Browser(program))
        shown.open(server.login_link())
        shown.appears(".list .row")
        first = [_until(shown, server.url, ".list .row") for _ in range(RUNS)]
        blocks = [_until(shown, f"{server.url}#/sessions/{session}", ".block") for _ in range(RUNS)]
        frames = sorted(
            shown.ask("Runtime.evaluate", expression=_SCROLL, awaitPromise=True, returnByValue=True)["result"]["value"]
        )
    smooth = frames[len(frames) * 95 // 100]
    return [
        Row("page: first rows of 400 files", f"{median(first):.2f} s", "", "under 1 s", median(first) < 1),
        Row("page: a session of 5,000 blocks", f"{median(blocks):.2f} s", "", "under 1 s", median(blocks) < 1),
        Row(
            "page: scrolling it, 95th percentile of frames",
            f"{smooth:.0f} ms",
            "",
            "under 50 ms",
            smooth < 3 * _FRAME_MS,
        ),
    ]


def _until(shown: Browser, url: str, selector: str) -> float:
    """Return the seconds from asking for a page until there is such an element."""
    shown.open("about:blank")
    shown.wait_for("location.href === 'about:blank'")
    began = time.perf_counter()
    shown.open(url)
    shown.appears(selector)
    return time.perf_counter() - began
