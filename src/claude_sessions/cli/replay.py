"""`replay`: show a session again as it happened."""

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from claude_sessions.cli.arguments import SessionId

if TYPE_CHECKING:
    from claude_sessions.playback.damage import Damage
    from claude_sessions.playback.places import Place
    from claude_sessions.playback.stage import TerminalStage
    from claude_sessions.store.recording import Recording

_WHEN = "90s, 1h2m, MM:SS, HH:MM:SS or @MARKER"


def replay(
    session: SessionId,
    speed: Annotated[
        float | None,
        typer.Option("--speed", metavar="X", help="Times as fast as it happened: 2 is double, 0.5 is half."),
    ] = None,
    idle_limit: Annotated[
        float | None,
        typer.Option("--idle-limit", metavar="SECONDS", help="The longest pause to make; 0 for no limit."),
    ] = None,
    at: Annotated[
        str,
        typer.Option(
            "--at", metavar="T", help=f"Show at once what was on the screen then, and go on from there: {_WHEN}."
        ),
    ] = "",
    begin: Annotated[str, typer.Option("--from", metavar="T", help="Play nothing before this time.")] = "",
    end: Annotated[str, typer.Option("--to", metavar="T", help="Play nothing after this time.")] = "",
    loop: Annotated[bool, typer.Option("--loop", help="At the end begin again.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Show everything as fast as possible.")] = False,
) -> None:
    """Show a session again on this terminal, in the time it took.

    Keys: space pauses, left and right go 5 seconds, < and > a minute, up and down change the speed, , and . step, [ and ] go to
    markers and prompts, / searches, g goes to a time, 0 to 9 to tenths, s switches the status line, ? helps, q quits. Times in which the session
    was suspended, the recording was paused or the machine slept are left out. Only what makes the picture reaches the
    terminal: no titles, no clipboard, no questions to it. Where the output is no terminal, the same bytes are written there;
    with --at, those from then on.
    """
    import os
    import sys

    from claude_sessions.cli.output import open_recording

    speed, idle_limit = _pace(speed, idle_limit)
    with open_recording(session) as recording:
        size = _size_at_start(recording)
        wanted = _Wanted(speed, idle_limit, *_stretch(recording, at, begin, end), loop, no_wait)
        out = sys.stdout.fileno()
        sys.stdout.flush()
        if not os.isatty(out):
            _write_out(recording, wanted, out)
        elif no_wait:
            _pour_on_terminal(recording, wanted, out)
        else:
            _play_on_terminal(recording, wanted, out, size)


class _Wanted(NamedTuple):
    """How to play. Times are seconds from the start."""

    speed: float
    idle_limit: float
    at: float
    begin: float
    end: float
    loop: bool
    no_wait: bool


class _Shown(NamedTuple):
    """How a replay came to its end."""

    finished: bool
    size: tuple[int, int]


def _pace(speed: float | None, idle_limit: float | None) -> tuple[float, float]:
    """Return speed and idle limit, those of the settings where a person gave none; UsageError where they make no sense."""
    from claude_sessions.base.config import load_config
    from claude_sessions.base.errors import UsageError

    config = load_config()
    speed = config["replay.speed"] if speed is None else speed
    idle_limit = config["replay.idle_limit"] if idle_limit is None else idle_limit
    if not math.isfinite(speed):
        raise UsageError(f"{speed:g} is no speed; 1 is as fast as it happened, and --no-wait does not wait at all")
    if speed <= 0:
        raise UsageError(f"a speed of {speed:g} is not above zero; 1 is as fast as it happened")
    if not 0 <= idle_limit < float("inf"):
        raise UsageError(f"an idle limit of {idle_limit:g} is no number of seconds; 0 is no limit")
    return speed, idle_limit


def _stretch(recording: "Recording", at: str, begin: str, end: str) -> tuple[float, float, float]:
    """Return where to start, and the two ends of what may be played; UsageError where they make no sense."""
    from claude_sessions.base.errors import UsageError

    begin_s = _offset(recording, begin)
    end_s = _offset(recording, end, checked=False) if end else math.inf
    at_s = _offset(recording, at) if at else begin_s
    if begin_s >= end_s:
        raise UsageError("--to is not after --from; give a later time, or leave one of them out")
    if not begin_s <= at_s < end_s:
        raise UsageError("--at is not between --from and --to; give a time between them, or leave it out")
    return at_s, begin_s, end_s


def _write_out(recording: "Recording", wanted: _Wanted, out: int) -> None:
    """Play into a file or pipe."""
    import signal

    from claude_sessions.base.errors import UsageError
    from claude_sessions.playback.stage import PlainStage
    from claude_sessions.playback.straight import StraightPlayer

    if wanted.loop:
        raise UsageError("--loop is for a terminal; leave it out, the output would have no end")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends us as it ends any filter
    player = StraightPlayer(recording.entries(), PlainStage(out))
    if wanted.no_wait:
        player.pour(at=wanted.at, end=wanted.end)
    else:
        player.play(speed=wanted.speed, idle_limit=wanted.idle_limit, at=wanted.at, end=wanted.end)
    _report(player.damage, running=_is_running(recording))


def _pour_on_terminal(recording: "Recording", wanted: _Wanted, out: int) -> None:
    """Show everything at once, and say what there is to say afterwards."""
    from claude_sessions.cli.output import complain
    from claude_sessions.playback.straight import StraightPlayer

    window: list[tuple[int, int]] = []
    damage: list[Damage] = []

    def pour(stage: "TerminalStage") -> bool:
        player = StraightPlayer(recording.entries(), stage)
        player.pour(at=wanted.at, end=wanted.end)
        window.append(player.window.largest)
        damage.append(player.damage)
        return player.ended

    shown = _show(out, pour)
    running = _is_running(recording)
    _say_after(shown, wanted, _length(_summary(recording)), running=running)
    if window and _is_smaller(shown.size, window[0]):
        complain(_TOO_SMALL.format(*window[0], *shown.size))
    if damage:
        _report(damage[0], running=running)


def _play_on_terminal(recording: "Recording", wanted: _Wanted, out: int, size: tuple[int, int]) -> None:
    """Play with keys."""
    from claude_sessions.playback.places import Places, find_places
    from claude_sessions.playback.player import Player
    from claude_sessions.playback.tape import RecordedTape, entries_but_shown

    summary = _summary(recording)
    tape = RecordedTape(recording, *summary)
    damage: list[Damage] = []

    def play(stage: "TerminalStage") -> bool:
        player = Player(
            tape,
            stage,
            places=Places(lambda notice: find_places(entries_but_shown(recording, notice))),
            search=lambda text, notice: _hits(recording, text, notice),
            locate=lambda text: _offset(recording, text),
        )
        damage.append(player.damage)
        player.play(
            speed=wanted.speed,
            idle_limit=wanted.idle_limit,
            at=wanted.at,
            begin=wanted.begin,
            end=wanted.end,
            loop=wanted.loop,
        )
        return player.ended

    try:
        shown = _show(out, play)
    finally:
        tape.close()
    running = _is_running(recording)
    _say_after(shown, wanted, _length(summary), running=running)
    _report(damage[0], running=running)


def _show(out: int, play: "Callable[[TerminalStage], bool]") -> _Shown:
    """Borrow the terminal and play on it. Where a signal ends that, it ends us too.

    `play` tells whether the program that was recorded had put its cursor away.
    """
    import os
    import signal
    import sys

    from claude_sessions.playback.stage import LeaveError, TerminalStage

    left: int | None = None
    finished = False
    keys = sys.stdin.fileno() if sys.stdin and sys.stdin.isatty() else None
    with TerminalStage(out, keys) as stage:
        try:
            stage.at_rest = play(stage)
            finished = True
        except LeaveError as leave:
            left = leave.signal
    if left is not None and left != signal.SIGINT:
        signal.signal(left, signal.SIG_DFL)
        os.kill(os.getpid(), left)
    return _Shown(finished, stage.size())


def _say_after(shown: _Shown, wanted: _Wanted, length: float, *, running: bool) -> None:
    """Say that what stands above was a recording, and where in it that is; `length` is in seconds."""
    from claude_sessions.base.durations import format_offset
    from claude_sessions.cli.output import complain

    if shown.finished and wanted.end < length:
        _say_end(f"stopped at {format_offset(wanted.end)} of {format_offset(length)}", shown.size[0])
    elif shown.finished and not running:
        _say_end("end of the recording", shown.size[0])
    elif shown.finished:
        complain("the session is still running; this is what it has shown so far")


_TOO_SMALL = "recorded at up to {}x{}, this terminal is {}x{}: make it larger, or lines break in the wrong place"


def _offset(recording: "Recording", text: str, *, checked: bool = True) -> float:
    """Return the seconds that a person means by a time or `@marker`; 0 by nothing.

    Raises NotFoundError where there is no such marker, UsageError where the recording is over by then and that is `checked`.
    """
    from claude_sessions.base.clock import NANOSECONDS
    from claude_sessions.base.durations import parse_duration
    from claude_sessions.base.errors import UsageError
    from claude_sessions.playback.schedule import check_offset, find_marker
    from claude_sessions.playback.tape import entries_but_shown

    if text.startswith("@"):
        return find_marker(entries_but_shown(recording), text[1:])
    try:
        seconds = parse_duration(text) if text else 0.0
    except UsageError:
        raise UsageError(f"{text!r} is no time: 90s, 1h2m, MM:SS (SS to 59), HH:MM:SS or @MARKER") from None
    if seconds and checked:
        started_ns, ended_ns, _ = _summary(recording)
        if seconds * NANOSECONDS > ended_ns - started_ns:
            check_offset(entries_but_shown(recording), seconds)
    return seconds


def _hits(recording: "Recording", text: str, notice: "Callable[[], None]") -> "Iterator[Place]":
    """Yield where a text was on the screen. Upper and lower case are told apart where it has upper case."""
    from claude_sessions.playback.places import Place
    from claude_sessions.playback.tape import watched
    from claude_sessions.search.pattern import compile_pattern
    from claude_sessions.timeline.pages import Facts, read_pages

    search = compile_pattern(text, fixed=True, ignore_case=text == text.lower()).search
    for page in read_pages(watched(recording, notice), Facts()):
        notice()
        for line in page.lines():
            if search(line.text):
                yield Place(line.offset_s, line.text.strip())


def _summary(recording: "Recording") -> tuple[int, int, int]:
    """Return when a recording began and ended, in nanoseconds since the epoch, and the bytes of its log."""
    from claude_sessions.base.errors import MalformedEntryError
    from claude_sessions.log.entry import Entry
    from claude_sessions.store.summary import read_summary

    first = next(entry for entry in recording.entries() if isinstance(entry, Entry))
    try:
        summary = read_summary(recording.home.folder("logs"), recording.segments)
        return first.time_ns, summary.ended_ns, summary.size
    except (MalformedEntryError, ValueError):
        return 0, 0, 0  # no time that can be read


def _length(summary: tuple[int, int, int]) -> float:
    """Return the seconds between beginning and end."""
    from claude_sessions.base.clock import NANOSECONDS

    return (summary[1] - summary[0]) / NANOSECONDS


def _size_at_start(recording: "Recording") -> tuple[int, int]:
    """Return the columns and rows that a session began with; zeros where the log does not say.

    Raises MalformedEntryError where the log holds no entry at all.
    """
    from claude_sessions.base.errors import MalformedEntryError
    from claude_sessions.log.entry import START, Entry
    from claude_sessions.log.events import StartInfo, decode_info

    first = next((entry for entry in recording.entries() if isinstance(entry, Entry)), None)
    if first is None:
        yet = " yet" if _is_running(recording) else ""
        raise MalformedEntryError(f"{recording.log_path} cannot be replayed: it holds no entry{yet}")
    start = decode_info(first, StartInfo) if first.direction == START else None
    return (start.columns, start.rows) if start else (0, 0)


def _is_smaller(terminal: tuple[int, int], recorded: tuple[int, int]) -> bool:
    """Tell whether a terminal (one that knows its size) lacks columns or rows."""
    return min(terminal) > 0 and (terminal[0] < recorded[0] or terminal[1] < recorded[1])


def _say_end(text: str, columns: int) -> None:
    """Print a text on the terminal, on a line of its own."""
    import sys

    from claude_sessions.cli.output import colours

    # So many spaces end in the next line, unless the cursor stands at the beginning of one.
    fresh_line = " " * columns + "\r" if columns else "\r\n"
    sys.stdout.write(fresh_line + (f"\x1b[K\x1b[2m{text}\x1b[0m" if colours(sys.stdout) else text) + "\n")
    sys.stdout.flush()


def _is_running(recording: "Recording") -> bool:
    """Tell whether somebody still writes the recording."""
    import os

    from claude_sessions.store.ends import is_being_written

    try:
        fd = recording.open_segment(recording.segments[-1])
    except OSError:
        return False
    try:
        return is_being_written(fd)
    finally:
        os.close(fd)


def _report(damage: "Damage", *, running: bool) -> None:
    """Say which lines of the log could not be read."""
    from claude_sessions.cli.output import complain

    bad = damage.count - (running and damage.torn)  # that one is being written
    for line in damage.first[:bad]:
        complain(line)
    if bad > len(damage.first):
        complain(f"and {bad - len(damage.first)} more such lines")
