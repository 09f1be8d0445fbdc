"""What a person adds to a recording: `state/ID.json`, beside the log, which itself is never changed."""

import os
from typing import Any

import msgspec

from claude_sessions.base.foreign import UNDECODABLE, why_undecodable
from claude_sessions.base.paths import open_for_reading
from claude_sessions.store.home import Home

MAX_SIZE = 1024 * 1024


class State(msgspec.Struct, frozen=True):
    """What is known of the file; fields of later versions are ignored here."""

    title: str | None = None
    """Replaces the title that `start` was given."""


def read_whole_state(home: Home, session_id: str) -> dict[str, Any]:
    """Return all that the state file of a recording holds, known or not; empty where there is none that can be read."""
    try:
        with os.fdopen(open_for_reading(f"{session_id}.json", home.folder("state")), "rb") as file:
            return msgspec.json.decode(file.read(MAX_SIZE), type=dict[str, Any])
    except (OSError, *UNDECODABLE):
        return {}


def states(home: Home) -> frozenset[str]:
    """Return the session ids for which there is a state file."""
    try:
        names = os.listdir(home.folder("state"))
    except FileNotFoundError:
        return frozenset()
    return frozenset(name.removesuffix(".json") for name in names if name.endswith(".json"))


def read_state(home: Home, session_id: str) -> State:
    """Return the state of one recording: empty where there is none, ValueError where the file is none of ours."""
    try:
        fd = open_for_reading(f"{session_id}.json", home.folder("state"))
    except FileNotFoundError:
        return State()  # no file, or no folder
    except OSError as error:
        raise ValueError(error.strerror) from None
    with os.fdopen(fd, "rb") as file:
        text = file.read(MAX_SIZE + 1)
    if len(text) > MAX_SIZE:
        raise ValueError(f"longer than {MAX_SIZE} bytes")
    try:
        return msgspec.json.decode(text, type=State)
    except UNDECODABLE as error:
        raise ValueError(why_undecodable(error)) from None
