"""Which transcript a person means, and which there are: Claude Code's own files, then the archive's copies."""

import itertools
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from claude_sessions.base.errors import AmbiguousError, NotFoundError, UsageError
from claude_sessions.base.paths import expanded
from claude_sessions.store.catalogue import LAST, SHORTEST_PREFIX
from claude_sessions.transcript.archive import PACKED, PACKED_SUFFIX, scan_archive, without_originals
from claude_sessions.transcript.files import SUFFIX, Kind, LogFile, describe, main_files, project_folders, scan, walk
from claude_sessions.transcript.reading import open_source, read_entries

_AGENT = "agent-"
_FIRST = 20


def all_transcripts() -> list[LogFile]:
    """Return every transcript there is to read, the one written last first.

    Those are Claude Code's own, and the archive's copies of those that are gone. Raises InsecureHomeError where
    others could have changed the archive.
    """
    originals = scan()
    return sorted([*originals, *without_originals(scan_archive(), originals)], key=_newest_first)


def locate(text: str, *, folder: Path | str | None = None) -> LogFile:
    """Return the transcript that a person means: a path, a session's id, 4 or more characters of it, or `last`.

    `agent-ID` means a subagent's. With `folder` only the transcripts below it count (see `files.scan`), and no archive.
    Raises NotFoundError where there is none, AmbiguousError where several sessions begin so, UsageError where the
    path is no file.
    """
    if os.sep in text or text.endswith((SUFFIX, PACKED_SUFFIX)):
        return _at(text)
    files = all_transcripts() if folder is None else scan(folder)
    sessions = main_files(files)
    if text == LAST:
        if not sessions:
            raise NotFoundError(_none_at_all(folder))
        return sessions[0]
    if text.startswith(_AGENT):
        agents = [(file, file.agent_id) for file in files if file.kind is Kind.SUBAGENT]
        return _chosen(text, text.removeprefix(_AGENT), agents, folder)
    return _chosen(text, text, [(file, file.session_id) for file in sessions], folder)


def related(file: LogFile) -> list[LogFile]:
    """Return the transcripts of a session's subagents and workflows, the one written first first."""
    if file.kind is not Kind.MAIN:
        return []
    beside = file.path.parent
    found = []
    if file.path.suffix != PACKED:
        found = [*walk(beside / file.path.name.removesuffix(SUFFIX)), *_flat(beside)]
    found += without_originals(scan_archive(), found)
    wanted = [each for each in found if each.kind is not Kind.MAIN and _is_of(each, file)]
    return sorted(wanted, key=lambda each: (each.mtime_ns, each.path))


def _at(text: str) -> LogFile:
    path = expanded(text).absolute()
    try:
        found = describe(path)
    except FileNotFoundError:
        raise NotFoundError(f"{text}: there is no such file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{text} cannot be opened: {reason}") from None
    if not path.is_file():
        raise UsageError(f"{text} is no file; name a transcript, or the id of a session")
    return found


def _chosen(text: str, wanted: str, candidates: Sequence[tuple[LogFile, str]], folder: Path | str | None) -> LogFile:
    """Return the newest file of the one session whose id is or begins with `wanted`."""
    for match in (str.__eq__, str.startswith):
        matches = [(file, name) for file, name in candidates if match(name.lower(), wanted.lower())]
        if len(wanted) < SHORTEST_PREFIX and match is str.startswith:
            matches = []
        names = list(dict.fromkeys(name for _, name in matches))
        if len(names) > 1:
            shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
            raise AmbiguousError(f"{text!r} means {len(names)} transcripts: {shown}; give more of the id")
        if matches:
            return matches[0][0]
    if not candidates:
        raise NotFoundError(_none_at_all(folder))
    if len(wanted) < SHORTEST_PREFIX:
        raise NotFoundError(
            f"no transcript is called {text!r}, and an id needs {SHORTEST_PREFIX} characters; see claude-sessions recent"
        )
    raise NotFoundError(f"no transcript has the id {text!r}; see claude-sessions recent")


def _none_at_all(folder: Path | str | None) -> str:
    places = [Path(folder)] if folder is not None else project_folders()
    return f"there are no transcripts in {' or '.join(map(str, places))}, and none in the archive"


def session_of(file: LogFile) -> str:
    """Return the session that the first entries of a subagent's transcript name; empty where none can be read."""
    try:
        with open_source(file.path) as source:
            first = itertools.islice(read_entries(source), _FIRST)
            return next((line.entry.session_id for line in first if line.entry.session_id), "")
    except (NotFoundError, UsageError, OSError):
        return ""


def _is_of(file: LogFile, session: LogFile) -> bool:
    """Tell whether a subagent's or a workflow's transcript belongs to a session; an old one lies in the same project."""
    if file.session_id:
        return file.session_id == session.session_id
    return file.path.parent.name == session.path.parent.name and session_of(file) == session.session_id


def _flat(folder: Path) -> Iterable[LogFile]:
    """Yield the subagents' transcripts that lie beside the sessions, as Claude Code put them until early 2026."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if name.startswith(_AGENT) and name.endswith(SUFFIX):
            try:
                yield describe(folder / name)
            except OSError:
                continue  # it went away meanwhile


def _newest_first(file: LogFile) -> tuple[int, str]:
    return -file.mtime_ns, str(file.path)
