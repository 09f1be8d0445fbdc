"""Recordings out of a home and into memory, for tests of what exports and imports them."""

import io
from pathlib import Path
from typing import Any

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.formats.table import choose_format
from claude_sessions.log.entry import Entry
from claude_sessions.sessions import SessionManager


def export(home: Path, session: str, name: str, title: str = "", **options: Any) -> bytes:
    """Return a recording in the format of that name."""
    with SessionManager(home).open(session) as recording:
        out = io.BytesIO()
        choose_format("", name).write(Excerpt(recording, **options), title, out)
        return out.getvalue()


def entries_of(home: Path, session: str) -> list[Entry]:
    """Return the entries of a recording, of which every line must be one."""
    with SessionManager(home).open(session) as recording:
        entries = list(recording.entries())
    assert all(isinstance(entry, Entry) for entry in entries), entries
    return [entry for entry in entries if isinstance(entry, Entry)]


def events_of(entries: list[Entry]) -> list[tuple[int, str, bytes]]:
    """Return (microseconds from the start, direction, data) of all entries but starts and seals."""
    start = entries[0].time_ns
    return [
        ((entry.time_ns - start) * 1_000_000 // NANOSECONDS, entry.direction, entry.data)
        for entry in entries
        if entry.direction not in {"start", "seal"}
    ]
