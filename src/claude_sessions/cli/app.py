"""The command line as a whole: every command under its name, and what becomes of errors (design, section 10)."""

import io
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.core

from claude_sessions.base.errors import ClaudeSessionsError, ExitCode
from claude_sessions.cli.plain_values import spare_pydantic
from claude_sessions.version import __version__

PROGRAM = "claude-sessions"

_BROKEN_PIPE = 141
"""128 and SIGPIPE: what a shell shows of a program whose reader went away."""

_COMMANDS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("start", "start", "start", ("claude-sessions start", "claude-sessions start ~/project -- --continue")),
    ("resume", "resume", "resume", ("claude-sessions resume", "claude-sessions resume 2f1c4f0e -- --fork-session")),
    ("list", "list", "list_", ("claude-sessions list -n 10", "claude-sessions list --watch")),
    ("recent", "recent", "recent", ("claude-sessions recent -n 20", "claude-sessions recent --detailed")),
    ("watch", "watch", "watch", ("claude-sessions watch", "claude-sessions watch --project shop --tool Bash")),
    ("show", "show", "show", ("claude-sessions show last",)),
    ("replay", "replay", "replay", ("claude-sessions replay last --at 1:30 --speed 2",)),
    ("logs", "logs", "logs", ("claude-sessions logs last --grep 'tests? failed'",)),
    (
        "transcript",
        "transcript",
        "transcript",
        ("claude-sessions transcript", "claude-sessions transcript last --format html -o session.html"),
    ),
    (
        "search",
        "search",
        "search",
        ("claude-sessions search 'failing test'", "claude-sessions search --since 2d parser"),
    ),
    ("usage", "usage_report", "usage", ("claude-sessions usage --since 7d", "claude-sessions usage blocks --active")),
    ("prices", "prices", "prices", ("claude-sessions prices",)),
    ("tools", "tools", "tools", ("claude-sessions tools --since 7d",)),
    ("files", "files", "files", ("claude-sessions files --since yesterday", "claude-sessions files src/parser.py")),
    ("stats", "stats", "stats", ("claude-sessions stats",)),
    ("mark", "mark", "mark", ("claude-sessions mark 'tests pass'",)),
    ("pause", "pause", "pause", ("claude-sessions pause",)),
    ("unpause", "pause", "unpause", ("claude-sessions unpause",)),
    ("export", "export", "export", ("claude-sessions export last demo.cast --from 1:30 --to 2:00",)),
    (
        "import",
        "import_",
        "import_",
        ("claude-sessions import demo.cast", "claude-sessions import typescript --timing timing"),
    ),
    (
        "scrub",
        "scrub",
        "scrub",
        ("claude-sessions scrub last --dry-run", "claude-sessions scrub last --pattern 'hunter[0-9]'"),
    ),
    ("archive", "archive", "archive", ("claude-sessions archive", "claude-sessions archive --dry-run")),
    ("archive list", "archive_list", "list_", ("claude-sessions archive list",)),
    ("archive restore", "restore", "restore", ("claude-sessions archive restore 2f1c4f0e",)),
    ("archive export", "restore", "export", ("claude-sessions archive export last session.tar.zst",)),
    (
        "archive import",
        "restore",
        "import_",
        ("claude-sessions archive import session.tar.zst --directory ~/project",),
    ),
    (
        "serve",
        "serve",
        "serve",
        ("claude-sessions serve --open", "claude-sessions serve --uds ~/.claude-sessions.sock"),
    ),
    ("client", "client", "client", ("claude-sessions client", "claude-sessions client --json ws://127.0.0.1:8765")),
    ("token", "token", "token", ("claude-sessions token", "claude-sessions token --login")),
    ("demo", "demo", "demo", ("claude-sessions demo",)),
    ("alias", "alias", "alias", ('eval "$(claude-sessions alias)"', "claude-sessions alias --shell fish | source")),
)
"""Name, module of this package, function in it, and what a person might type; what belongs together stands together.

A name of two words is a command of the group that has the first for its name, and stands below it.
"""

_RUNS_CLAUDE = ("start", "resume")
"""What follows the first `--` of these is claude's."""

_UsageError: Any = typer.BadParameter.__base__
"""Typer's class for every wrong command line; where it comes from differs between versions."""


def run(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code.

    A command ends with `raise typer.Exit(code)` where the code is not 0. Everything after the first `--` of `start` and
    `resume` belongs to claude: it is in `ctx.obj` as a list.
    """
    _mend_streams()
    ours, claudes = split_arguments(arguments)
    try:
        command = spare_pydantic(typer.main.get_command(build_app()))
        if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:  # see __main__: only what follows can answer a Ctrl-C
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = command.main(ours, prog_name=PROGRAM, obj=claudes, standalone_mode=False)
    except _UsageError as error:
        _explain(error, ours, claudes)
        return ExitCode.TROUBLE
    except typer.Abort:  # a question was not answered
        return ExitCode.TROUBLE
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except ClaudeSessionsError as error:
        from claude_sessions.cli.output import complain

        complain(error)
        return error.exit_code
    except OSError as error:  # a full disk behind `>`, a file that went away while it was read
        from claude_sessions.cli.output import complain

        complain(f"{error.strerror}: {error.filename}" if error.filename else error.strerror)
        _give_up_stdout()
        return ExitCode.TROUBLE
    return code if isinstance(code, int) else 0


def _explain(error: Any, ours: Sequence[str], claudes: Sequence[str]) -> None:
    """Say what is wrong with the command line; without any command there is the help to read."""
    from claude_sessions.cli.output import complain
    from claude_sessions.cli.usage import explain
    from claude_sessions.screen.printable import printable

    if not ours:
        print(error.format_message(), file=sys.stderr)
        return
    sentence, *hints = explain(error, ours, claudes, [name for name, *_ in _COMMANDS])
    complain(sentence)
    for hint in hints:
        print(printable(hint), file=sys.stderr)


def _mend_streams() -> None:
    """Make printing safe: a closed descriptor, or a title that the locale cannot spell, is no reason to fail."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - stays open as long as we live
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115  # stays open as long as we run
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _give_up_stdout() -> None:
    """Let what is still buffered go nowhere: Python flushes once more at its end, and would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Group(typer.core.TyperGroup):
    """Runs the command that was asked for; when its reader goes away (`| head`) it ends quietly, as others do."""

    def list_commands(self, _: Any) -> list[str]:
        return list(dict.fromkeys(name.partition(" ")[0] for name, *_ in _COMMANDS))

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _give_up_stdout()
            raise typer.Exit(_BROKEN_PIPE) from None
        return result


def build_app() -> typer.Typer:
    """Return the app with every command. Their modules import what is heavy when they run."""
    app = typer.Typer(
        cls=_Group,
        add_completion=True,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_program)
    groups = {name.partition(" ")[0]: typer.Typer(rich_markup_mode=None) for name, *_ in _COMMANDS if " " in name}
    for name, module, function, examples in _COMMANDS:
        command = getattr(import_module(f"claude_sessions.cli.{module}"), function)
        group, _, word = name.rpartition(" ")
        if name in groups:
            app.add_typer(groups[name], name=name, callback=command, epilog=_epilog(examples), **_GROUP)
        else:
            (groups[group] if group else app).command(word, epilog=_epilog(examples))(command)
    return app


_GROUP: Any = {
    "invoke_without_command": True,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}
"""A group is a command by itself, too."""


_ALIASES = {"stream": "serve"}
"""Other names of commands, as the log streaming format's documents have them."""


def split_arguments(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what is ours and what is claude's: `start` and `resume` pass on everything after the first `--`."""
    ours = list(arguments)
    if ours:
        ours[0] = _ALIASES.get(ours[0], ours[0])
    if not ours or ours[0] not in _RUNS_CLAUDE or "--" not in ours:
        return ours, []
    cut = ours.index("--")
    return ours[:cut], ours[cut + 1 :]


def _epilog(examples: Sequence[str]) -> str:
    return "\b\n" + "\n".join(["Example:" if len(examples) == 1 else "Examples:", *(f"  {line}" for line in examples)])


def _version(wanted: bool) -> None:
    if wanted:
        print(f"{PROGRAM} {__version__}")
        raise typer.Exit


def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """The flight recorder for Claude Code: run it in place of claude, and replay or search afterwards what was on the screen."""
