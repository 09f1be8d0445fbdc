"""What cannot be read from a transcript again, kept for every stream that somebody has watched: `SESSION.json`.

The fields of the session player stand at the top: from where on the file is to be read again, how many lines are before it,
what was remembered of them, and when the file was written last. Beside them stand how many events were sent by then, which
lines were let go by the clock since (`blocks.Checkpoint`), and how far the stream has been: by that a file is recognised
that was written anew while nobody looked.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from claude_sessions.base.clock import TimestampFormatter
from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.base.paths import create_private_file, open_for_reading, open_private_folder
from claude_sessions.live.blocks import Checkpoint
from claude_sessions.live.position import REMEMBERED, Position
from claude_sessions.transcript.files import LogFile

MAX_SIZE = 4 * 1024 * 1024

_VERSION = 1

_NAME = re.compile(r"[0-9A-Za-z_-]{1,64}")
"""What may be a part of a file's name: a session's id is that, but a transcript may be called anything."""


class BlockState(msgspec.Struct):
    """One state file."""

    file_position: int
    line_number: int
    processing_context: dict[str, Any]
    last_modified: str
    """RFC 3339, UTC."""
    event_count: int
    boundary: str | None
    releases: list[tuple[int, int]]
    device: int
    inode: int
    reached: Position
    """Behind the last line that was read."""
    reached_count: int
    """How many events there were by then."""
    version: int = _VERSION

    @property
    def checkpoint(self) -> Checkpoint:
        """Where to begin."""
        position = Position(self.device, self.inode, self.file_position)
        return Checkpoint(
            position, self.line_number, self.event_count, self.processing_context, self.boundary, self.releases
        )


def state_of(file: LogFile, checkpoint: Checkpoint, offset: int, count: int) -> BlockState:
    """Return what is to be kept of a stream that has read its file up to `offset` and made `count` events of it."""
    return BlockState(
        file_position=checkpoint.position.offset,
        line_number=checkpoint.line_number,
        processing_context=checkpoint.processing_context,
        last_modified=TimestampFormatter()(file.mtime_ns),
        event_count=checkpoint.event_count,
        boundary=checkpoint.boundary,
        releases=checkpoint.releases,
        device=checkpoint.position.device,
        inode=checkpoint.position.inode,
        reached=position_at(file.path, offset) or checkpoint.position,
        reached_count=count,
    )


def position_at(path: Path, offset: int) -> Position | None:
    """Return a place in a file with what stands before it now; None where the file cannot be read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        found = os.fstat(fd)
        size = min(REMEMBERED, offset)
        return Position(found.st_dev, found.st_ino, offset, None, os.pread(fd, size, offset - size))
    except OSError:
        return None
    finally:
        os.close(fd)


def still_there(path: Path, position: Position) -> bool:
    """Tell whether a file is the one that it was, and holds before the position what it held."""
    return position_at(path, position.offset) == msgspec.structs.replace(position, line=None)


class StateFolder:
    """The folder with the state files, ours alone (0700); each file is 0600 and replaced as a whole."""

    def __init__(self, path: Path) -> None:
        """The folder is made when something is written. Raises nothing of its faults: without it nothing is remembered."""
        self.path = path

    def load(self, session_id: str) -> BlockState | None:
        """Return the state of a session; None where there is none, or it is damaged, or somebody else's."""
        name = _file_name(session_id)
        with contextlib.suppress(OSError, *UNDECODABLE, ClaudeSessionsError), self._opened(create=False) as folder:
            if name is None:
                return None
            with os.fdopen(open_for_reading(name, folder), "rb") as file:
                found = msgspec.json.decode(file.read(MAX_SIZE + 1), type=BlockState)
            return found if _sound(found) else None
        return None

    def save(self, session_id: str, state: BlockState) -> bool:
        """Keep the state of a session, and tell whether that went well."""
        name = _file_name(session_id)
        if name is None:
            return False
        with contextlib.suppress(OSError, ClaudeSessionsError), self._opened(create=True) as folder:
            new = f".{name}.new"
            with contextlib.suppress(FileNotFoundError):
                os.unlink(new, dir_fd=folder)
            with os.fdopen(create_private_file(new, folder), "wb") as file:
                file.write(msgspec.json.encode(state))
            os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
            return True
        return False

    def forget(self, session_id: str) -> None:
        """Remove the state of a session whose file is gone."""
        name = _file_name(session_id)
        with contextlib.suppress(OSError, ClaudeSessionsError), self._opened(create=False) as folder:
            if name is not None:
                os.unlink(name, dir_fd=folder)

    @contextlib.contextmanager
    def _opened(self, *, create: bool) -> Iterator[int]:
        folder = open_private_folder(self.path, create=create)
        try:
            yield folder
        finally:
            os.close(folder)


def _file_name(session_id: str) -> str | None:
    return f"{session_id}.json" if _NAME.fullmatch(session_id) else None


def _sound(state: BlockState) -> bool:
    """Tell whether a state can be one of ours: a number below 0 would make ids that nobody can name."""
    numbers = (state.file_position, state.line_number, state.event_count, state.reached_count, state.reached.offset)
    return state.version == _VERSION and min(numbers) >= 0 and state.event_count <= state.reached_count
