"""A recording made anew without its secrets, which takes the place of the one that has them."""

from collections.abc import Callable

import msgspec

from claude_sessions.base.ids import new_session_id
from claude_sessions.formats.arrival import SealedLog
from claude_sessions.formats.importing import write_state
from claude_sessions.formats.redacted import RedactedExcerpt
from claude_sessions.formats.staging import Staging
from claude_sessions.log.entry import EXIT, SEAL
from claude_sessions.log.segment import SegmentName
from claude_sessions.store.home import Home
from claude_sessions.store.state import read_whole_state


def write_scrubbed(home: Home, excerpt: RedactedExcerpt, announce: Callable[[str], None]) -> str:
    """Write what is left of a recording as one of its own, with what a person added to it; return its id.

    The other one stays as it is. Where anything goes wrong there is no new log; `announce` is told the id before anything
    else is there under it. `excerpt` has been prepared.
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
        announce(session_id)
        _copy_state(home, excerpt, session_id)
        staging.publish()
    return session_id


def _copy_state(home: Home, excerpt: RedactedExcerpt, session_id: str) -> None:
    """Give the new recording what a person added to the old one."""
    state = read_whole_state(home, excerpt.recording.session_id)
    if state:
        write_state(home, session_id, msgspec.json.encode(excerpt.hide_all(state)))
