"""`replay`: show a session again as it happened."""

from typing import TYPE_CHECKING, Annotated

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

    q or Ctrl-C ends it and leaves the terminal as it was. Times in which the session was suspended, the recording was
    paused or the machine slept are left out. Only what makes the picture reaches the terminal: no titles, no clipboard,
    no questions to it. Where the output is no terminal, the same bytes are written there.
    """
    import os
    import signal
    import sys

    from claude_sessions.base.config import load_config
    from claude_sessions.base.errors import UsageError
    from claude_sessions.cli.output import complain, open_recording
    from claude_sessions.playback.player import Player
    from claude_sessions.playback.stage import LeaveError, PlainStage, TerminalStage

    config = load_config()
    speed = config["replay.speed"] if speed is None else speed
    idle_limit = config["replay.idle_limit"] if idle_limit is None else idle_limit
    if not 0 < speed < float("inf"):
        raise UsageError(f"a speed of {speed:g} is not above zero; 1 is as fast as it happened")
    if not 0 <= idle_limit < float("inf"):
        raise UsageError(f"an idle limit of {idle_limit:g} is no number of seconds; 0 is no limit")
    with open_recording(session) as recording:
        start_at = _offset(recording, at)
        out = sys.stdout.fileno()
        sys.stdout.flush()
        if not os.isatty(out):
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends us as it ends any filter
            player = Player(recording.entries, PlainStage(out))
            _play(player, speed, idle_limit, start_at, no_wait=no_wait)
            _report(player, running=_is_running(recording))
            return
        terminal = os.get_terminal_size(out)
        recorded = _size_at_start(recording)
        if warned := _is_smaller(terminal, recorded):
            complain(_TOO_SMALL.format(*recorded, *terminal))
        left: int | None = None
        finished = False
        keys = sys.stdin.fileno() if sys.stdin and sys.stdin.isatty() else None
        with TerminalStage(out, keys) as stage:
            player = Player(recording.entries, stage)
            try:
                _play(player, speed, idle_limit, start_at, no_wait=no_wait)
                finished = True
                stage.at_rest = player.ended
            except LeaveError as leave:
                left = leave.signal
        running = _is_running(recording)
    if left is not None and left != signal.SIGINT:
        signal.signal(left, signal.SIG_DFL)
        os.kill(os.getpid(), left)
    if not warned and _is_smaller(terminal, player.window.largest):
        complain(_TOO_SMALL.format(*player.window.largest, *terminal))
    if running and finished:
        complain("the session is still running; this is what it has shown so far")
    _report(player, running=running)


_TOO_SMALL = "recorded at up to {}x{}, this terminal is {}x{}: make it larger, or lines break in the wrong place"


def _play(player: "Player", speed: float, idle_limit: float, at: float, *, no_wait: bool) -> None:
    if no_wait:
        player.pour()
    else:
        player.play(speed=speed, idle_limit=idle_limit, at=at)


def _offset(recording: "Recording", text: str) -> float:
    """Return the seconds that `--at` means, looking a marker up in the recording."""
    from claude_sessions.base.durations import parse_duration
    from claude_sessions.playback.schedule import find_marker

    if text.startswith("@"):
        return find_marker(recording.entries(), text[1:])
    return parse_duration(text) if text else 0.0


def _size_at_start(recording: "Recording") -> tuple[int, int]:
    """Return the columns and rows that a session began with; zeros where the log does not say."""
    from claude_sessions.log.entry import START, Entry
    from claude_sessions.log.events import StartInfo, decode_info

    first = next(iter(recording.entries()), None)
    start = decode_info(first, StartInfo) if isinstance(first, Entry) and first.direction == START else None
    return (start.columns, start.rows) if start else (0, 0)


def _is_smaller(terminal: tuple[int, int], recorded: tuple[int, int]) -> bool:
    """Tell whether a terminal (one that knows its size) lacks columns or rows."""
    return min(terminal) > 0 and (terminal[0] < recorded[0] or terminal[1] < recorded[1])


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
