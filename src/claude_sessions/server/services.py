"""What runs beside the requests: following the files, the list of sessions, the terminals that somebody looks at."""

from collections.abc import Iterator

import trio

from claude_sessions.live.block_state import StateFolder as BlockStates
from claude_sessions.live.engine import Engine
from claude_sessions.live.entries import Entries
from claude_sessions.live.overviews import Overviews
from claude_sessions.live.recorded import Candidate, RecordedSessions
from claude_sessions.live.registry import Registry
from claude_sessions.live.saved import SavedPositions
from claude_sessions.live.session_list import SessionList
from claude_sessions.live.streams import Streams
from claude_sessions.live.terminal import LiveTerminals
from claude_sessions.server.access_log import LOGGER
from claude_sessions.server.state import State
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Recording
from claude_sessions.transcript.registry import config_folders

RECORDINGS_EVERY_S = 2.0
"""Seconds between two looks at which recordings there are."""


class Live:
    """All of them, each following what it is there for. Made inside of trio's loop."""

    def __init__(self, state: State, nursery: trio.Nursery) -> None:
        self._state = state
        self.entries = Entries()
        self.streams = Streams(BlockStates(state.folder.path / "sessions"))
        self.session_list = SessionList(Overviews(state.home))
        self.registry = Registry(config_folders(), [self.session_list])
        self.terminals = LiveTerminals(nursery, state.manager.open)
        self._recorded = RecordedSessions()
        self._saved = SavedPositions(state.folder.path)
        self.engine = Engine(
            state.project_folders,
            self._saved,
            [self.entries, self.streams, self.session_list],
            say=LOGGER.warning,
            others=self.registry.places,
        )

    async def run(self, nursery: trio.Nursery) -> None:
        """Start all of it; return when what is there at the beginning is known."""
        for warning in self._saved.warnings:
            LOGGER.warning(warning)
        await nursery.start(self.streams.run)
        await nursery.start(self.engine.run)
        await nursery.start(self.registry.run)
        await self._look_at_recordings()
        await nursery.start(self.session_list.run)
        nursery.start_soon(self._follow_recordings)

    def say_goodbye(self) -> None:
        """Let all streams come to their end."""
        self.entries.topic.close()
        self.session_list.topic.close()
        for each in self.streams.watched:
            each.topic.close()
        self.terminals.close()

    def close(self) -> None:
        """Close what is open. Nothing runs any more."""
        self._saved.close()

    async def _follow_recordings(self) -> None:
        while True:
            await trio.sleep(RECORDINGS_EVERY_S)
            await self._look_at_recordings()

    async def _look_at_recordings(self) -> None:
        self.session_list.recorded(await trio.to_thread.run_sync(self._recorded.look, _recordings(self._state)))


def _recordings(state: State) -> Iterator[Candidate]:
    """Yield every recording, the newest first."""
    try:
        with Home.open(state.home) as home:
            for session in state.manager.list():
                if session.summary is not None:
                    segments = session.summary.segments
                    recording = Recording(home, session.id, segments)
                    yield Candidate(recording, session.running, session.title, session.claude_session_id)
    except FileNotFoundError:
        return  # nothing was ever recorded


async def run_services(state: State, task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED) -> None:
    """Run until cancelled; started when what is there at the beginning is known."""
    async with trio.open_nursery() as nursery:
        state.live = Live(state, nursery)
        try:
            await state.live.run(nursery)
            task_status.started()
            await state.closing.wait()
            state.live.say_goodbye()
            await trio.sleep_forever()
        finally:
            state.live.close()
