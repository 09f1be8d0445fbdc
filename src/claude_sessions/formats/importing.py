"""Which format a foreign file has, and the way from there to a recording of our own."""

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from claude_sessions.base.errors import NotFoundError, UnwritableHomeError, UsageError
from claude_sessions.base.paths import create_private_file
from claude_sessions.formats.arrival import write_log
from claude_sessions.formats.asciicast_reader import read_asciicast
from claude_sessions.formats.foreign import Beginning, Event, Foreign, refuse, text
from claude_sessions.formats.staging import Staging
from claude_sessions.formats.ttyrec import looks_like_ttyrec, read_ttyrec
from claude_sessions.formats.twins import find_original, find_twin
from claude_sessions.formats.typescript import BEGINNING as TYPESCRIPT
from claude_sessions.formats.typescript import read_typescript
from claude_sessions.formats.unbundle import Unbundled, read_bundle
from claude_sessions.store.home import Home

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_HEAD = 256

_ENTRY = re.compile(rb'\{"timestamp":"[^"]*","session_id":')
_TRANSCRIPT = re.compile(rb'\{"(?:type|parentUuid|uuid|leafUuid|sessionId)":')


class Imported(msgspec.Struct, frozen=True):
    """What came of a file."""

    session_id: str
    transcripts: int = 0
    """How many transcripts of Claude's the file holds; they stay in it."""
    known: bool = False
    """Whether it was here before, and nothing was done."""


def import_file(
    home: Home, path: Path, *, timing: Path | None = None, title: str = "", again: bool = False
) -> Imported:
    """Make a recording of a file and return its id. `timing` is the second file of a typescript.

    What is here already is not imported once more, unless `again`; then the id is that of the recording there is. Raises ForeignFileError for whatever is wrong with the file, NotFoundError where it is not there; then nothing was
    imported. A `title` replaces that of the file.
    """
    with contextlib.ExitStack() as opened:
        source = opened.enter_context(_open(path))
        times = opened.enter_context(_open(timing)) if timing is not None else None
        staging = opened.enter_context(Staging(home))
        head = source.file.read(_HEAD)
        source.file.seek(0)
        if head.startswith(_GZIP) and times is None:
            bundle = read_bundle(source, staging)
            if not again and (twin := find_twin(home, staging)):
                return Imported(twin, bundle.transcripts, known=True)
            _publish(home, staging, bundle, _titled(bundle.state, title) if title else bundle.state)
            return Imported(bundle.session_id, bundle.transcripts)
        beginning, events = _read(source, head, times)
        session_id = write_log(staging, beginning, events, file=path.name, title=title)
        if not again and (twin := find_twin(home, staging) or find_original(home, staging)):
            return Imported(twin, known=True)
        staging.publish()
        return Imported(session_id)


def _publish(home: Home, staging: Staging, bundle: Unbundled, state: bytes) -> None:
    """Let the recording of a bundle appear with what a person added to it: that comes first, or it could get lost."""
    try:
        if state:
            write_state(home, bundle.session_id, state)
        staging.publish(bundle.names)
    except BaseException:
        if state:
            with contextlib.suppress(OSError):
                os.unlink(f"{bundle.session_id}.json", dir_fd=home.folder("state"))
        raise


def _read(source: Foreign, head: bytes, times: Foreign | None) -> tuple[Beginning, Iterator[Event]]:
    """Return what the file says, read by the importer of its format."""
    if times is not None:
        return read_typescript(source, times)
    if head.startswith(TYPESCRIPT):
        raise UsageError(f"{source.name} is a typescript; give the file with its times, too: --timing FILE")
    if not head:
        raise refuse(source.name, "it is empty")
    if _ENTRY.match(head):
        raise refuse(
            source.name, "it holds the entries of a recording without what belongs to it; export it as .tar.gz instead"
        )
    if _TRANSCRIPT.match(head):
        raise refuse(
            source.name, "it is a transcript of Claude's; claude-sessions archive export and import move those"
        )
    if head.lstrip().startswith(b"{"):
        return read_asciicast(source)
    if head.startswith(_ZSTD):
        raise refuse(source.name, "it holds no recording; claude-sessions archive import takes conversations")
    if looks_like_ttyrec(head):
        return read_ttyrec(source)
    raise refuse(source.name, "it is neither an asciicast, a bundle of ours, a typescript nor a ttyrec")


@contextlib.contextmanager
def _open(path: Path) -> Iterator[Foreign]:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise NotFoundError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{path} cannot be opened: {reason}") from None
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode):
        os.close(fd)
        raise UsageError(f"{path} is no plain file; save it to one first")
    with os.fdopen(fd, "rb") as file:
        yield Foreign(str(path), file, found.st_mtime_ns)


def _titled(state: bytes, title: str) -> bytes:
    known = msgspec.json.decode(state, type=dict[str, object]) if state else {}
    return msgspec.json.encode({**known, "title": text(title)})


def write_state(home: Home, session_id: str, state: bytes) -> None:
    """Write what a person added to a recording that is new here; what is left of a deleted one of that id goes."""
    name, folder = f"{session_id}.json", home.folder("state", create=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
    try:
        with os.fdopen(create_private_file(name, folder), "wb") as file:
            file.write(state)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UnwritableHomeError(f"{home.path}/state/{name} cannot be written: {error.strerror}") from None
