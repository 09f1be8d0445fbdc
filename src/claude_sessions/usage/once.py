"""One response of the API is counted once, however many lines and files repeat it.

Claude Code writes a line for each content block of a response, and every one repeats the response's usage; a session that
is resumed or forked may copy its history into a new file; a side conversation may replay its parent's messages. Lines
belong to the same response where they have the message's id and the request's id in common, or just the message's id
where one of them has no request's id or is of a side conversation; without a message's id, where they have the same uuid.

Of such lines the one with the largest total counts, as a whole: early ones carry a placeholder for the output. One of the
main conversation goes before one of a side conversation, and any line of its own before what progress lines say of a
subagent. It counts for the session that was first, whichever line that is. Nothing depends on the order of lines or files.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from claude_sessions.transcript.ownership import Seniority
from claude_sessions.usage.response import FAST, PARTIAL, PROGRESS, SIDECHAIN, FileUsage, Response

Counted = tuple[Response, FileUsage]
"""A response, and the transcript that it is counted for."""


def count_once(files: Iterable[FileUsage]) -> list[Counted]:
    """Return every response of these transcripts once."""
    found: dict[str, Counted] = {}
    repeated: dict[str, list[Counted]] = {}
    for file in files:
        for response in file.responses:
            one = (response, file)
            first = found.setdefault(response.id, one)
            if first is not one:
                repeated.setdefault(response.id, [first]).append(one)
    further: list[Counted] = []
    for key, several in repeated.items():
        found[key], *rest = (_best(group) for group in _groups(several))
        further += rest
    return [*found.values(), *further]


def merged(lines: Sequence[Response]) -> Response:
    """Return the line of one response that counts. `lines` agree in ids and in SIDECHAIN and PROGRESS."""
    if len(lines) == 1:
        return lines[0]
    return _complete(min(lines, key=_rank), lines)


def _groups(several: list[Counted]) -> list[list[Counted]]:
    """Return the lines with one message id response by response, without those that do not count."""
    own = [one for one in several if not one[0].flags & PROGRESS] or several
    main = [one for one in own if not one[0].flags & SIDECHAIN]
    if not main:
        return [own]
    requests: dict[str, list[Counted]] = {}
    for one in main:
        requests.setdefault(one[0].request_id, []).append(one)
    if "" in requests and len(requests) > 1:
        nameless = requests.pop("")
        requests[min(requests)] += nameless
    return list(requests.values())


def _best(group: list[Counted]) -> Counted:
    """Return the line that counts, for the session that began, or ended, first: the others copied the response."""
    lines = [line for line, _ in group]
    _, owner = min(group, key=_seniority)
    return _complete(min(lines, key=_rank), lines), owner


def _complete(chosen: Response, lines: Iterable[Response]) -> Response:
    """Return the chosen line, not as partial where any other was the response's end."""
    if chosen.flags & PARTIAL and not all(line.flags & PARTIAL for line in lines):
        return msgspec.structs.replace(chosen, flags=chosen.flags & ~PARTIAL)
    return chosen


def _rank(line: Response) -> tuple[Any, ...]:
    """Return what the smallest of is the line that counts; two that are alike in it are the same."""
    fields = msgspec.structs.astuple(line)
    return (-line.total, -(line.cost or 0), not line.flags & FAST, line.time, *fields[:-1])


def _seniority(one: Counted) -> Seniority:
    _, file = one
    return Seniority(file.started, False, not file.main, file.ended, file.session_id)
