"""`resume`: a recorded `claude --resume`, in the directory where the conversation belongs."""

from typing import TYPE_CHECKING, Annotated

import typer

from claude_sessions.cli.arguments import complete_session

if TYPE_CHECKING:
    from claude_sessions.upkeep.resume import Conversation


def resume(
    context: typer.Context,
    session: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="A recording or a session of Claude Code's: its id, the beginning of it, a title, or last.",
            autocompletion=complete_session,
        ),
    ] = "last",
    title: Annotated[str, typer.Option(help="A name for the recording; other commands find it by that.")] = "",
    record_input: Annotated[
        bool | None, typer.Option("--input/--no-input", help="Whether what is typed is recorded (it is).")
    ] = None,
    nested: Annotated[bool, typer.Option("--nested", help="Record although this terminal is being recorded.")] = False,
    quiet: Annotated[bool | None, typer.Option("--quiet/--no-quiet", help="Leave out the line at the end.")] = None,
) -> None:
    """Go on with a conversation where it belongs, recorded.

    A conversation that Claude Code has deleted is taken out of the archive first. Everything after -- belongs to claude.
    """
    from claude_sessions.recording.launch import StartOptions, start

    found = _find(session)
    if found.archived:
        _restore(found.session_id)
    raise typer.Exit(
        start(
            StartOptions(
                directory=found.directory,
                title=title,
                input=record_input,
                nested=nested,
                quiet=quiet,
                arguments=("--resume", found.session_id, *(context.obj or ())),
            )
        )
    )


def _find(text: str) -> "Conversation":
    """Return what a person means: a recording stands for the conversation that it ended with."""
    from claude_sessions.cli.find_transcript import find_transcripts
    from claude_sessions.store.catalogue import LAST
    from claude_sessions.upkeep.resume import conversation, newest

    return conversation(newest() if text == LAST else find_transcripts(text)[-1])


def _restore(session_id: str) -> None:
    from claude_sessions.cli.output import complain
    from claude_sessions.cli.restore import put_back
    from claude_sessions.upkeep.copies import choose
    from claude_sessions.upkeep.restore import home_of, plan
    from claude_sessions.upkeep.vault import Vault

    with Vault.open() as vault:
        stored = choose(vault.find(session_id))
        put_back(vault, stored, plan(vault, stored, home_of(stored)))
    complain(f"session {session_id} is restored from the archive")
