"""Which transcript a person means, and which there are: Claude Code's own files, then the archive's copies."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from claude_sessions.base.errors import AmbiguousError, NotFoundError, UsageError
from claude_sessions.store.catalogue import LAST, SHORTEST_PREFIX
from claude_sessions.transcript.archive import PACKED_SUFFIX, scan_archive, without_originals
from claude_sessions.transcript.files import SUFFIX, Kind, LogFile, describe, main_files, project_folders, scan, walk
from claude_sessions.transcript.reading import open_source, read_entries

_AGENT = "agent-"


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
    original = not file.path.name.endswith(PACKED_SUFFIX)
    found = list(walk(beside / file.session_id)) if original else []
    found += without_originals((each for each in scan_archive() if each.session_id == file.session_id), found)
    known = [each for each in found if each.kind is not Kind.MAIN]
    flat = [each for each in _flat(beside, original=original) if _session_of(each) == file.session_id]
    return sorted({each.path: each for each in (*known, *flat)}.values(), key=lambda each: (each.mtime_ns, each.path))


def _at(text: str) -> LogFile:
    path = Path(text).expanduser().absolute()
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


def _flat(folder: Path, *, original: bool) -> Iterable[LogFile]:
    """Yield the subagents' transcripts that lie beside the sessions, as Claude Code put them until early 2026."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if name.startswith(_AGENT) and name.endswith(SUFFIX if original else PACKED_SUFFIX):
            try:
                yield describe(folder / name)
            except OSError:
                continue  # it went away meanwhile


def _session_of(file: LogFile) -> str:
    """Return the session that the first entry of a subagent's transcript names."""
    try:
        with open_source(file.path) as source:
            return next((line.entry.session_id for line in read_entries(source) if line.entry.session_id), "")
    except (NotFoundError, UsageError):
        return ""


def _newest_first(file: LogFile) -> tuple[int, str]:
    return -file.mtime_ns, str(file.path)
