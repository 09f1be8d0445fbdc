"""A session as the list shows it."""

import json
import os
from pathlib import Path

import msgspec
import pytest

from claude_sessions.live.session_data import Recorded, session_data
from claude_sessions.transcript.files import describe
from claude_sessions.transcript.overview import overview_of
from claude_sessions.transcript.registry import LiveSession
from tests.kit.spoken import SESSION, assistant, chained, user, write


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    lines = chained(
        [
            user("fix it", timestamp="2026-02-07T12:00:00.250Z", cwd="/home/ann/shop", gitBranch="main"),
            assistant({"type": "text", "text": "done"}, timestamp="2026-02-07T12:00:09.000Z", gitBranch="fix"),
        ]
    )
    lines[1]["message"] |= {"id": "m1", "model": "claude-opus-5", "usage": {"input_tokens": 3, "output_tokens": 4}}
    return write(tmp_path, lines)


def live(**more: object) -> LiveSession:
    return msgspec.convert(
        {"pid": 7, "sessionId": SESSION, "cwd": "/home/ann/live", "startedAt": 5000, **more}, LiveSession
    )


def test_the_fields_have_the_forms_of_the_session_monitoring(transcript: Path) -> None:
    """Times are milliseconds and RFC 3339, names are camelCase, and nothing is guessed from the folder's name."""
    file = describe(transcript)
    found = session_data(SESSION, file, overview_of(file), title="T", recorded=Recorded("rec", running=False))
    assert json.loads(msgspec.json.encode(found)) == {
        "id": SESSION,
        "title": "T",
        "directory": "/home/ann/shop",
        "createdAt": 1_770_465_600_250,
        "updatedAt": 1_770_465_609_000,
        "sessionId": SESSION,
        "firstPrompt": "fix it",
        "messageCount": 2,
        "projectPath": "/home/ann/shop",
        "created": "2026-02-07T12:00:00.250Z",
        "modified": "2026-02-07T12:00:09.000Z",
        "gitBranch": "fix",
        "isSidechain": False,
        "state": "ended",
        "waitingFor": None,
        "recording": "rec",
        "recordingRunning": False,
        "model": "claude-opus-5",
        "tokens": 7,
    }


def test_what_claude_says_of_itself_is_the_state(transcript: Path) -> None:
    """Busy, idle, or waiting and for what; a word that nobody knows is taken for busy."""
    file = describe(transcript)
    states = {
        status: session_data(SESSION, file, None, live=live(status=status, waitingFor="permission prompt"))
        for status in ("busy", "idle", "waiting", "dreaming", None)
    }
    assert [one.state for one in states.values()] == ["busy", "idle", "waiting", "busy", "busy"]
    assert [one.waiting_for for one in states.values()] == [None, None, "permission prompt", None, None]


def test_a_running_recording_shows_that_a_session_runs(transcript: Path) -> None:
    """Claude without a screen stands in no registry: its recording tells."""
    file = describe(transcript)
    assert session_data(SESSION, file, None, recorded=Recorded("rec", running=True)).state == "busy"


def test_a_session_without_transcript_is_what_claude_says(transcript: Path) -> None:
    """Claude was started, and nothing was said yet."""
    found = session_data(SESSION, None, None, live=live(name="shop-1", status="idle"))
    assert (found.title, found.directory, found.created_at, found.updated_at) == (
        "shop-1",
        "/home/ann/live",
        5000,
        5000,
    )


def test_a_transcript_that_was_not_read_has_its_name_and_age(tmp_path: Path) -> None:
    """What cannot be told yet is empty; the name may be any bytes, the age any number."""
    path = tmp_path / "a\udcff.jsonl"
    path.write_bytes(b"")
    os.utime(path, ns=(-5, -5))
    file = describe(path)
    found = session_data(file.session_id, file, None)
    assert (found.title, found.first_prompt, found.modified) == ("a\ufffd", "", "1970-01-01T00:00:00.000Z")
    msgspec.json.encode(found)


def test_what_a_person_called_it_goes_first(transcript: Path) -> None:
    """The title of the recording that shows it."""
    file = describe(transcript)
    mine = Recorded("rec", running=False, title="mine")
    assert session_data(SESSION, file, overview_of(file), title="T", recorded=mine).title == "mine"
