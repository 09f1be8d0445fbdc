"""`claude-sessions start`: for help, completion and errors. A plain command line is run by `fast_start`."""

from typing import Annotated

import typer


def start(
    context: typer.Context,
    directory: Annotated[str | None, typer.Argument(metavar="DIR", help="Where to run claude (default: here).")] = None,
    title: Annotated[str, typer.Option(help="A name for the session; other commands find it by that.")] = "",
    record_input: Annotated[
        bool | None, typer.Option("--input/--no-input", help="Whether what is typed is recorded (it is).")
    ] = None,
    strict: Annotated[
        bool | None,
        typer.Option(
            "--strict/--no-strict", help="Record first, show then; end the session when it cannot be recorded."
        ),
    ] = None,
    nested: Annotated[bool, typer.Option("--nested", help="Record although this terminal is being recorded.")] = False,
    skip_nested: Annotated[
        bool, typer.Option("--skip-nested", help="Where this terminal is being recorded, run claude as it is.")
    ] = False,
    quiet: Annotated[bool | None, typer.Option("--quiet/--no-quiet", help="Leave out the line at the end.")] = None,
    command: Annotated[
        str | None, typer.Option(metavar="CMD", help="The program to run instead of claude, split as a shell would.")
    ] = None,
) -> None:
    """Run claude and record what passes through the terminal.

    Everything after -- belongs to claude. The exit status is claude's own.
    """
    from claude_sessions.recording.launch import StartOptions
    from claude_sessions.recording.launch import start as launch

    raise typer.Exit(
        launch(
            StartOptions(
                directory=directory,
                title=title,
                input=record_input,
                strict=strict,
                nested=nested,
                skip_nested=skip_nested,
                quiet=quiet,
                command=command,
                arguments=tuple(context.obj or ()),
            )
        )
    )
