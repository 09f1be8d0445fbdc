"""`/api/recordings/ID/export/FORMAT`: a recording as a file; made once, and kept as long as there is room."""

import hashlib
import math
import os
from typing import BinaryIO

from starlette.responses import Response

from claude_sessions.base.errors import UsageError
from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.formats.redacted import RedactedExcerpt
from claude_sessions.formats.table import FORMATS, Format
from claude_sessions.redact.rules import usual_rules
from claude_sessions.server.errors import Refusal
from claude_sessions.server.produced import FileAnswer, Produced, produce
from claude_sessions.server.rest.forms import FROM, SESSION, TO
from claude_sessions.server.route import Answer, Call, Kind, Parameter, Route
from claude_sessions.server.state import State
from claude_sessions.store.catalogue import sum_up
from claude_sessions.store.recording import Recording
from claude_sessions.store.shelf import Shelf, settled_state
from claude_sessions.version import __version__

EXPORTS = tuple(each for each in FORMATS if each.name != "gif")
"""What needs no other program."""

_TYPES = {
    "asciicast-v2": "application/x-asciicast",
    "asciicast-v3": "application/x-asciicast",
    "txt": "text/plain; charset=utf-8",
    "ansi": "application/octet-stream",
    "jsonl": "application/x-ndjson",
    "html": "text/html; charset=utf-8",
    "svg": "image/svg+xml",
    "tar.gz": "application/gzip",
}
_SUFFIXES = {"asciicast-v2": ".cast", "asciicast-v3": ".cast"}
_ALONE = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a file may do where a browser shows it: nothing."""
_SUFFIX = ".export"


async def export(call: Call) -> Response:
    """Answer with the file."""
    chosen = next(each for each in EXPORTS if each.name == call["format"])
    end = math.inf if call["to"] is None else call["to"]
    try:
        made, name = await call.state.at_length(
            _made, call.state, call["id"], chosen, call["from"], end, with_input=call["input"], redact=call["redact"]
        )
    except UsageError as error:
        raise Refusal(409, "not_together", str(error)) from None
    headers = {
        "Content-Disposition": f'attachment; filename="session-{name}{_SUFFIXES.get(chosen.name, "." + chosen.name)}"',
        "Content-Security-Policy": _ALONE,
    }
    return FileAnswer(call.request, made, _TYPES[chosen.name], headers)


def _made(
    state: State, text: str, chosen: Format, begin_s: float, end_s: float, *, with_input: bool, redact: bool
) -> tuple[Produced, str]:
    """Return the file and the beginning of the recording's id."""
    with state.manager.open(text) as recording:
        if chosen.still:
            begin_s = 0.0  # it shows one moment: the last of the stretch
        if begin_s >= end_s:
            raise Refusal(404, "no_such_stretch", "to is not after from")
        wish = (chosen.name, begin_s, end_s, with_input, redact)
        settled = settled_state(recording)
        what = repr((__version__, recording.session_id, wish, settled or _sizes(recording)))
        tag = hashlib.sha256(what.encode()).hexdigest()[:32]
        shelf = Shelf(recording.home, _SUFFIX)
        name = f"{recording.session_id}-{tag}"
        kept = shelf.open(name) if settled else None
        if kept is not None:
            with kept:
                return Produced(os.dup(kept.fileno()), os.fstat(kept.fileno()).st_size, tag), recording.session_id[:8]

        def write(out: BinaryIO) -> None:
            _write(recording, chosen, out, begin_s, end_s, with_input=with_input, redact=redact)

        draft = shelf.keep(name) if settled else None
        if draft is None or draft.file is None:
            return produce(write, tag, state.folder.path), recording.session_id[:8]
        try:
            write(draft.file)
            draft.file.flush()
            fd = os.dup(draft.file.fileno())
            made = Produced(fd, os.fstat(fd).st_size, tag)
            draft.finish()
        finally:
            draft.discard()
        return made, recording.session_id[:8]


def _write(
    recording: Recording,
    chosen: Format,
    out: BinaryIO,
    begin_s: float,
    end_s: float,
    *,
    with_input: bool,
    redact: bool,
) -> None:
    title = sum_up(recording).title
    excerpt: Excerpt
    if redact:
        hiding = RedactedExcerpt(recording, usual_rules(), begin_s=begin_s, end_s=end_s, with_input=with_input)
        hiding.prepare()
        excerpt, title = hiding, hiding.hide_text(title)
    else:
        excerpt = Excerpt(recording, begin_s=begin_s, end_s=end_s, with_input=with_input)
    chosen.write(excerpt, title, out)


def _sizes(recording: Recording) -> list[tuple[str, int, int]]:
    """Return what changes when a recording grows."""
    folder = recording.home.folder("logs")
    found = [(str(each), os.stat(str(each), dir_fd=folder, follow_symlinks=False)) for each in recording.segments]
    return [(name, status.st_size, status.st_mtime_ns) for name, status in found]


EXPORT_ROUTES = (
    Route(
        "/api/recordings/{id}/export/{format}",
        "GET",
        export,
        "A recording in a form that other programs read.",
        (
            SESSION,
            Parameter("format", Kind.TEXT, "As export --format.", place="path", choices=tuple(e.name for e in EXPORTS)),
            FROM,
            TO,
            Parameter("input", Kind.FLAG, "With what was typed.", True),
            Parameter("redact", Kind.FLAG, "Without keys, tokens and passwords; the screen is drawn anew.", False),
        ),
        Answer("The file; ranges can be asked for.", {"type": "string"}, content_type="*/*"),
    ),
)
