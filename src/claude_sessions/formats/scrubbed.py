"""A recording made anew without its secrets, which takes the place of the one that has them."""

import os
from typing import Any

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.base.ids import new_session_id
from claude_sessions.base.paths import open_for_reading
from claude_sessions.formats.arrival import SealedLog
from claude_sessions.formats.importing import write_state
from claude_sessions.formats.redacted import RedactedExcerpt
from claude_sessions.formats.staging import Staging
from claude_sessions.log.entry import EXIT, SEAL
from claude_sessions.log.segment import SegmentName
from claude_sessions.store.home import Home
from claude_sessions.store.state import MAX_SIZE


def write_scrubbed(home: Home, excerpt: RedactedExcerpt) -> str:
    """Write what is left of a recording as one of its own, with what a person added to it; return its id.

    The other one stays as it is. Where anything goes wrong there is nothing new. `excerpt` has been prepared.
    """
    with Staging(home) as staging:
        session_id = new_session_id()
        while staging.is_taken(session_id):
            session_id = new_session_id()
        log = SealedLog(staging.create(str(SegmentName(session_id, 0))), session_id)
        time_ns, ended = 0, False
        for time_ns, entry in excerpt.entries():
            if entry.direction != SEAL:
                log.add(time_ns, entry.direction, entry.data)
                ended = ended or entry.direction == EXIT
        if ended:
            log.seal(time_ns)
        else:
            log.flush()  # the recorder died: the log ends without an exit here, too
        staging.publish()
    _copy_state(home, excerpt, session_id)
    return session_id


def _copy_state(home: Home, excerpt: RedactedExcerpt, session_id: str) -> None:
    """Give the new recording what a person added to the old one."""
    try:
        with os.fdopen(open_for_reading(f"{excerpt.recording.session_id}.json", home.folder("state")), "rb") as file:
            state = msgspec.json.decode(file.read(MAX_SIZE), type=dict[str, Any])
    except (OSError, *UNDECODABLE):
        return  # there is none, or none that anybody could read
    write_state(home, session_id, msgspec.json.encode(_hidden(state, excerpt)))


def _hidden(value: Any, excerpt: RedactedExcerpt) -> Any:
    if isinstance(value, str):
        return excerpt.hide_text(value)
    if isinstance(value, list):
        return [_hidden(each, excerpt) for each in value]
    if isinstance(value, dict):
        return {key: _hidden(each, excerpt) for key, each in value.items()}
    return value
