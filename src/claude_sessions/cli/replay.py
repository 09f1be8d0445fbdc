"""`replay`: show a session again as it happened."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from claude_sessions.cli.arguments import SessionId

if TYPE_CHECKING:
    from claude_sessions.playback.player import Player
    from claude_sessions.store.recording import Recording


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
            "--at",
            metavar="T",
            help="Show at once what was on the screen then, and go on from there: 90s, 1h2m, MM:SS, HH:MM:SS or @MARKER.",
        ),
    ] = "",
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Show everything as fast as possible.")] = False,
) -> None:
    """Show a session again on this terminal, in the time it took.

    q or Ctrl-C ends it and leaves the terminal as it was; [ and ] jump to the prompt before and to the next one. Times in which the session was suspended, the recording was
    paused or the machine slept are left out. Only what makes the picture reaches the terminal: no titles, no clipboard,
    no questions to it. Where the output is no terminal, the same bytes are written there; with --at, those from then on.
    """
    import os
    import sys

    from claude_sessions.cli.output import open_recording

    speed, idle_limit = _pace(speed, idle_limit)
    with open_recording(session) as recording:
        size = _size_at_start(recording)
        wanted = _Wanted(speed, idle_limit, _offset(recording, at), no_wait)
        out = sys.stdout.fileno()
        sys.stdout.flush()
        if os.isatty(out):
            _show_on_terminal(recording, wanted, out, size)
        else:
            _write_out(recording, wanted, out)


class _Wanted(NamedTuple):
    """How to play."""

    speed: float
    idle_limit: float
    at: float
    no_wait: bool

    def play(self, player: "Player") -> None:
        """Play in that way."""
        if self.no_wait:
            player.pour(at=self.at)
        else:
            player.play(speed=self.speed, idle_limit=self.idle_limit, at=self.at)


def _pace(speed: float | None, idle_limit: float | None) -> tuple[float, float]:
    """Return speed and idle limit, those of the settings where a person gave none; UsageError where they make no sense."""
    import math

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


def _write_out(recording: "Recording", wanted: _Wanted, out: int) -> None:
    """Play into a file or pipe."""
    import signal

    from claude_sessions.playback.player import Player
    from claude_sessions.playback.stage import PlainStage

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends us as it ends any filter
    player = Player(recording.entries, PlainStage(out))
    wanted.play(player)
    _report(player, running=_is_running(recording))


def _show_on_terminal(recording: "Recording", wanted: _Wanted, out: int, size: tuple[int, int]) -> None:
    """Play on a terminal what was recorded on one that began with that size, and say what there is to say before and after."""
    import os
    import signal
    import sys

    from claude_sessions.cli.output import complain
    from claude_sessions.playback.player import Player
    from claude_sessions.playback.stage import LeaveError, TerminalStage
    from claude_sessions.timeline.prompts import find_prompts

    terminal = os.get_terminal_size(out)
    if warned := not wanted.no_wait and _is_smaller(terminal, size):
        complain(_TOO_SMALL.format(*size, *terminal) + " (any key goes on)")
    left: int | None = None
    finished = False
    keys = sys.stdin.fileno() if sys.stdin and sys.stdin.isatty() else None
    with TerminalStage(out, keys) as stage:
        player = Player(recording.entries, stage, lambda: find_prompts(recording.entries()))
        try:
            if warned:
                stage.wait_for_key(_READING_TIME)
            wanted.play(player)
            finished = True
            stage.at_rest = player.ended
        except LeaveError as leave:
            left = leave.signal
    running = _is_running(recording)
    if left is not None and left != signal.SIGINT:
        signal.signal(left, signal.SIG_DFL)
        os.kill(os.getpid(), left)
    if finished and not running:
        _say_end(stage.size()[0])
    if not warned and _is_smaller(terminal, player.window.largest):
        complain(_TOO_SMALL.format(*player.window.largest, *terminal))
    if running and finished:
        complain("the session is still running; this is what it has shown so far")
    _report(player, running=running)


_TOO_SMALL = "recorded at up to {}x{}, this terminal is {}x{}: make it larger, or lines break in the wrong place"

_READING_TIME = 2.0
"""Seconds for which a warning stands there before the picture hides it."""


def _offset(recording: "Recording", text: str) -> float:
    """Return the seconds that `--at` means, looking a marker up in the recording; UsageError where it is over by then."""
    from claude_sessions.base.durations import parse_duration
    from claude_sessions.playback.schedule import check_offset, find_marker

    if text.startswith("@"):
        return find_marker(recording.entries(), text[1:])
    seconds = parse_duration(text) if text else 0.0
    if seconds:
        check_offset(recording.entries(), seconds)
    return seconds


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


def _say_end(columns: int) -> None:
    """Say on the terminal, on a line of its own, that what stands above was a recording."""
    import sys

    from claude_sessions.cli.output import colours

    # So many spaces end in the next line, unless the cursor stands at the beginning of one.
    fresh_line = " " * columns + "\r" if columns else "\r\n"
    text = "end of the recording"
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


def _report(player: "Player", *, running: bool) -> None:
    """Say which lines of the log could not be read."""
    from claude_sessions.cli.output import complain

    bad = player.bad_lines - (running and player.torn)  # that one is being written
    for line in player.first_bad_lines[:bad]:
        complain(line)
    if bad > len(player.first_bad_lines):
        complain(f"and {bad - len(player.first_bad_lines)} more such lines")
