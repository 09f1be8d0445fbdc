"""What the sessions of hits are called: as a person named the recording, else as the transcript does."""

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.search.hits import Hit
from claude_sessions.store.catalogue import given_titles
from claude_sessions.store.home import Home
from claude_sessions.transcript.files import LogFile, describe


def with_titles(database: sqlite3.Connection, home: Path | None, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits with the titles of their sessions, as far as those can be told quickly."""
    sessions = sorted({hit.session_id for hit in hits} - {""})
    shown_by = _recordings(database, sessions)
    given = _given(home, {hit.recording_id for hit in hits} | set(shown_by.values()))
    found = _told(database, sessions) if sessions else {}
    return [
        msgspec.structs.replace(hit, title=title)
        for hit in hits
        for title in [
            given.get(hit.recording_id) or given.get(shown_by.get(hit.session_id, "")) or found.get(hit.session_id, "")
        ]
    ]


def _recordings(database: sqlite3.Connection, sessions: Sequence[str]) -> dict[str, str]:
    """Return for each of Claude's sessions the newest recording that shows it."""
    rows = database.execute(
        "SELECT link.session, source.recording FROM link JOIN source ON source.id = link.source"
        " WHERE link.session IN (SELECT value FROM json_each(?)) ORDER BY link.since",
        (json.dumps(sessions),),
    )
    return dict(rows.fetchall())


def _given(home: Path | None, recordings: Iterable[str]) -> dict[str, str]:
    with contextlib.suppress(ClaudeSessionsError, OSError), Home.open(home) as opened:
        return given_titles(opened, recordings)
    return {}


def _told(database: sqlite3.Connection, sessions: Sequence[str]) -> dict[str, str]:
    from claude_sessions.transcript.recent import titles_of  # loads what goes through transcripts

    return titles_of(sessions, _transcripts(database, sessions))


def _transcripts(database: sqlite3.Connection, sessions: Sequence[str]) -> list[LogFile]:
    rows = database.execute(
        "SELECT name FROM source WHERE recording = '' AND NOT agent AND session IN (SELECT value FROM json_each(?))",
        (json.dumps(sessions),),
    )
    found = []
    for (name,) in rows:
        with contextlib.suppress(ClaudeSessionsError, OSError, ValueError):
            found.append(describe(Path(os.fsdecode(name))))
    return found
