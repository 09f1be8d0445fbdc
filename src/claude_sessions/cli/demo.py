"""`claude-sessions demo`: what a newcomer runs first. No claude and no network; everything else is the real thing."""

import os
import shlex
import shutil
import subprocess
import sys

import typer

_TITLE = "demo"


def demo() -> None:
    """Record a scripted session and show what can be done with it.

    It is listed and searched, and may be replayed. Needs no claude.
    """
    from claude_sessions.base.ids import new_session_id
    from claude_sessions.recording.launch import StartOptions, start

    session_id = new_session_id()
    short = session_id[:8]
    program = shlex.join([sys.executable, "-m", "claude_sessions.cli.demo_program"])
    _explain("Recording a scripted session, exactly as `claude-sessions start` records claude.")
    if os.isatty(0) and os.isatty(1):
        status = start(StartOptions(title=_TITLE, nested=True, quiet=True, command=program, session_id=session_id))
    else:
        status = _on_a_terminal_of_its_own(session_id, program)
    if status != 0:
        raise typer.Exit(status)
    _explain("It is in the list:")
    _run("list", "-n", "3")
    _explain("\nIts text can be searched as it stood on the screen, although each word was drawn by itself:")
    _run("logs", short, "--grep", "failing test")
    command = _as_typed()
    _explain(f"\nSee it again, with its timing:   {command} replay {short}")
    _explain(f"Record the real thing:           {command} start")


def _as_typed() -> str:
    """Return the command as it can be typed here: its path where it is not on PATH, as after `make demo`."""
    here = os.path.realpath(sys.argv[0])
    found = shutil.which("claude-sessions")
    return "claude-sessions" if found and os.path.realpath(found) == here else os.path.relpath(sys.argv[0])


def _on_a_terminal_of_its_own(session_id: str, program: str) -> int:
    """Record on a terminal that nobody sees: there is none here, as under make in a pipe."""
    from claude_sessions.recording.terminal import DEFAULT_WINDOW_SIZE, set_window_size

    ours, theirs = os.openpty()
    set_window_size(theirs, DEFAULT_WINDOW_SIZE)
    code = (
        "import sys; from claude_sessions.recording.launch import StartOptions, start;"
        "sys.exit(start(StartOptions(title=sys.argv[1], nested=True, quiet=True, command=sys.argv[2], session_id=sys.argv[3])))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, _TITLE, program, session_id],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    ) as recorder:  # fmt: skip
        os.close(theirs)
        try:
            while os.read(ours, 65536):
                pass
        except OSError:
            pass  # the terminal has no writer any more
        os.close(ours)
    return recorder.returncode


def _explain(text: str) -> None:
    print(text, flush=True)


def _run(*arguments: str) -> None:
    """Show a command and what it prints."""
    print(f"$ claude-sessions {shlex.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", "claude_sessions", *arguments], check=False)
