"""Which sessions were the last ones, and what they are called, reading no more transcripts than that takes."""

from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec

from claude_sessions.transcript.files import LogFile
from claude_sessions.transcript.overview import Overview, cache, overview_of, summaries_in

Read = Callable[[Sequence[LogFile]], list[tuple[LogFile, Overview]]]
"""Gives the overviews of files, leaving out those that cannot be read."""

_SMALL = 512 * 1024
_FILES = 200
_BYTES = 8 * 1024 * 1024
"""So many small transcripts, and bytes of them, are read at most to find titles nobody has asked for by name."""


class Recent(msgspec.Struct, frozen=True):
    """One session."""

    file: LogFile
    overview: Overview
    title: str
    """Empty where there is nothing but the id to call it by."""


def recent(
    files: Sequence[LogFile],
    limit: int,
    read: Read,
    *,
    wanted: Callable[[Overview], bool] = lambda _: True,
    since_ns: int = 0,
) -> list[Recent]:
    """Return the `limit` sessions whose latest line is newest, the newest first, of those that are `wanted`.

    `files` are whole sessions, the one written last first. Copying and restoring makes a file younger than its lines,
    never older: so as soon as enough sessions are younger than the next file, no other one can be; nor can it have a
    line at `since_ns` or later when it is older than that itself.
    """
    known: list[tuple[LogFile, Overview]] = []
    chosen: list[tuple[LogFile, Overview]] = []
    done = 0
    while done < len(files) and files[done].mtime_ns >= since_ns:
        if len(chosen) >= limit and files[done].mtime_ns < chosen[limit - 1][1].ended_ns:
            break
        batch = files[done : done + max(limit, done)]  # twice as many each time: each costs a look at the whole cache
        done += len(batch)
        known += read(batch)
        chosen = sorted((each for each in known if since_ns <= each[1].ended_ns and wanted(each[1])), key=_newest_first)
    found = chosen[:limit]
    nameless = {file.path.parent for file, overview in found if not (overview.titles.custom or overview.titles.name)}
    beside = [file for file in files[done:] if file.path.parent in nameless]  # a summary stands in another file
    elsewhere = summaries_in(overview for _, overview in [*known, *(read(beside) if beside else [])])
    return [Recent(file, overview, overview.title(elsewhere)) for file, overview in found]


def titles_of(session_ids: Collection[str], files: Iterable[LogFile]) -> dict[str, str]:
    """Return the titles of some of Claude's sessions, as far as they can be told quickly.

    What was found out before is taken as it is, also where the transcript has grown since; of the others only a few small
    transcripts are read.
    """
    wanted = [file for file in files if file.session_id in session_ids]
    kept = cache()
    found = dict(kept.known(wanted, stale=True))
    room = _BYTES
    unread: list[LogFile] = []
    for file in wanted:
        told = file in found and found[file].title()
        if not told and file.size <= min(_SMALL, room) and len(unread) < _FILES:
            unread.append(file)
            room -= file.size
    if unread:
        found.update(kept.digests(unread, overview_of))
    elsewhere = summaries_in(found.values())
    return {file.session_id: title for file, overview in found.items() if (title := overview.title(elsewhere))}


def _newest_first(one: tuple[LogFile, Overview]) -> tuple[int, str]:
    return -one[1].ended_ns, one[1].session_id
