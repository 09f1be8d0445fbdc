"""What the host is handed when it is forked. Imports nothing heavy: this runs before claude starts."""

import os
from typing import TYPE_CHECKING, NamedTuple

from claude_sessions.base.clock import SessionClock
from claude_sessions.base.config import Config
from claude_sessions.recording.spawn import ChildPlan
from claude_sessions.recording.terminal import Terminal
from claude_sessions.store.home import Home

if TYPE_CHECKING:
    from claude_sessions.recording.keys import KeyMatcher


class HostPlan(NamedTuple):
    """A session as it was decided before its child runs."""

    session_id: str
    title: str
    home: Home | None
    """None where nothing can be recorded."""
    log_fd: int
    clock: SessionClock
    child: ChildPlan
    terminal: Terminal | None
    streams: tuple[int | None, int | None, int | None]
    """The person's own 0, 1 and 2, where they are no terminal and are pumped."""
    config: Config
    working_directory: str
    """Where the child starts, without links: as claude itself will see it."""
    pause_key: "KeyMatcher | None"
    mark_key: "KeyMatcher | None"
    record_input: bool
    strict: bool
    unrecorded: str
    """Why nothing is recorded; empty where it is."""


def forget_log(plan: HostPlan) -> None:
    """Take the empty log away: nothing happened."""
    if plan.home is not None:
        os.unlink(f"{plan.session_id}.jsonl", dir_fd=plan.home.folder("logs"))
