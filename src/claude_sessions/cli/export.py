"""`export`: a recording, or a stretch of one, in a form that other programs read."""

from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from claude_sessions.base.paths import expanded
from claude_sessions.cli.arguments import SessionId

if TYPE_CHECKING:
    from claude_sessions.formats.excerpt import Excerpt
    from claude_sessions.formats.redacted import RedactedExcerpt
    from claude_sessions.formats.table import Format
    from claude_sessions.store.recording import Recording
    from claude_sessions.store.summary import Summary

_STDOUT = "-"
_STDOUT_NAMES = (_STDOUT, "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
_LARGE_PAGE = 20_000_000
"""Bytes."""


def _complete_format(incomplete: str) -> list[str]:
    from claude_sessions.formats.table import FORMATS

    return [each.name for each in FORMATS if each.name.startswith(incomplete)]


def export(
    session: SessionId,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file to make; - is standard output.")],
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="asciicast-v2, asciicast-v3, txt, ansi, jsonl, html, svg, gif or tar.gz; otherwise the suffix of FILE says it.",
            autocompletion=_complete_format,
        ),
    ] = None,
    begin: Annotated[
        str, typer.Option("--from", metavar="T", help="Begin then, with the screen as it was: 90s, 1:30 or @MARKER.")
    ] = "",
    end: Annotated[str, typer.Option("--to", metavar="T", help="End then.")] = "",
    at: Annotated[str, typer.Option("--at", metavar="T", help="Of an .svg: the moment that it shows.")] = "",
    idle_limit: Annotated[
        float | None,
        typer.Option("--idle-limit", metavar="S", help="Let players make no pause longer than so many seconds."),
    ] = None,
    no_input: Annotated[bool, typer.Option("--no-input", help="Leave out what was typed.")] = False,
    redact: Annotated[
        bool, typer.Option("--redact", help="Leave out keys, tokens and passwords; the screen is drawn anew.")
    ] = False,
    redact_email: Annotated[bool, typer.Option("--redact-email", help="The same, and e-mail addresses, too.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE where it is there.")] = False,
) -> None:
    """Write a session to a file that other programs read.

    .cast is asciicast, which asciinema and its web player play; .txt the lines that were on the screen; .ansi the exact
    bytes of the output; .jsonl the entries of the log; .html a page that plays it in a browser, offline; .svg a picture of
    one moment; .gif an animation, if agg is installed; .tar.gz everything, transcripts included, for claude-sessions import
    on another machine. With --redact nothing of the original's bytes is in it, and no secret that was found. FILE is readable by you alone, and is not there at all if anything goes wrong.
    """
    import math
    import sys

    from claude_sessions.base.errors import UsageError
    from claude_sessions.base.target import check_target, open_target
    from claude_sessions.cli.orderly_end import orderly_end
    from claude_sessions.cli.output import byte_size, complain, open_recording
    from claude_sessions.formats.excerpt import Excerpt
    from claude_sessions.formats.redacted import RedactedExcerpt
    from claude_sessions.formats.table import choose_format
    from claude_sessions.redact.rules import usual_rules
    from claude_sessions.screen.printable import printable
    from claude_sessions.store.catalogue import sum_up

    file = _STDOUT if file in _STDOUT_NAMES else file
    chosen = choose_format(file, format)
    if file == _STDOUT and not chosen.for_terminals and sys.stdout.isatty():
        raise UsageError(f"{chosen.name} is not for terminals; name a file, or send it to one")
    if chosen.still and (begin or end):
        raise UsageError("an .svg shows one moment; --at says which")
    if at and not chosen.still:
        raise UsageError(f"{chosen.name} holds a stretch of time; --from and --to say which")
    if idle_limit is not None and not chosen.idles:
        raise UsageError(f"{chosen.name} is not played; --idle-limit is for asciicasts and html")
    if idle_limit is not None and not 0 < idle_limit < math.inf:
        raise UsageError(f"--idle-limit {idle_limit:g} is no pause; give seconds, such as 2")
    chosen.check()
    path = expanded(file).absolute()
    if file != _STDOUT:
        check_target(path, force=force)
    with open_recording(session) as recording, orderly_end():
        begin_s, end_s = _moment(recording, begin), _moment(recording, at or end, open_end=True)
        if at:
            _moment(recording, at)  # it is not over by then
        summary = sum_up(recording)
        title = summary.title
        if redact or redact_email:
            excerpt, title = _redacted(
                RedactedExcerpt(
                    recording,
                    usual_rules(email=redact_email),
                    begin_s=begin_s,
                    end_s=end_s,
                    with_input=not no_input,
                ),
                summary,
            )
        else:
            excerpt = Excerpt(recording, begin_s=begin_s, end_s=end_s, with_input=not no_input)
        excerpt.idle_limit_s = idle_limit
        if file == _STDOUT:
            replaced = _write(chosen, excerpt, title, sys.stdout.buffer, summary.size)
        else:
            with open_target(path, force=force) as out:
                replaced = _write(chosen, excerpt, title, out, summary.size)
            size = path.stat().st_size
            print(f"wrote {printable(file)}: {chosen.name}, {byte_size(size)}")
            if chosen.name == "html" and size > _LARGE_PAGE:
                complain("a browser takes long to open so large a page; --from and --to make a shorter one")
    _report(chosen, excerpt, replaced, running=summary.running)


def _redacted(excerpt: "RedactedExcerpt", summary: "Summary") -> "tuple[Excerpt, str]":
    """Find the secrets of a recording, and return the excerpt and the title without them."""
    from claude_sessions.cli.progress import progress

    with progress("Looking for secrets", summary.size) as advance:
        excerpt.on_progress = advance
        excerpt.prepare()
    return excerpt, excerpt.hide_text(summary.title)


def _write(chosen: "Format", excerpt: "Excerpt", title: str, out: BinaryIO, size: int) -> int:
    from claude_sessions.cli.progress import progress

    with progress("Exporting", size) as advance:
        excerpt.on_progress = advance
        return chosen.write(excerpt, title, out)


def _moment(recording: "Recording", text: str, *, open_end: bool = False) -> float:
    """Return the seconds from the start of a recording that `text` means; UsageError where it is over by then."""
    import math

    from claude_sessions.base.durations import parse_duration
    from claude_sessions.playback.schedule import check_offset, find_marker

    if not text:
        return math.inf if open_end else 0.0
    if text.startswith("@"):
        return find_marker(recording.entries(), text[1:])
    seconds = parse_duration(text)
    if not open_end:
        check_offset(recording.entries(), seconds)
    return seconds


def _report(chosen: "Format", excerpt: "Excerpt", replaced: int, *, running: bool) -> None:
    """Say what is not in the file as it was recorded."""
    from claude_sessions.cli.output import complain

    if remark := excerpt.remark_on_picture if chosen.still else excerpt.remark:
        complain(remark)
    if replaced:
        times = "1 place" if replaced == 1 else f"{replaced} places"
        complain(f"{chosen.name} holds text: what is not UTF-8, in {times}, has become U+FFFD")
    for bad in excerpt.first_bad_lines:
        complain(bad)
    if excerpt.bad_lines > len(excerpt.first_bad_lines):
        complain(f"and {excerpt.bad_lines - len(excerpt.first_bad_lines)} more bad lines, skipped")
    if running:
        complain("the session is still running; this is what it has shown so far")
