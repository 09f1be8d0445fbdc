"""`transcript`: a conversation as Claude Code wrote it down, to read, to share, to work on."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from claude_sessions.base.paths import expanded
from claude_sessions.cli.arguments import complete_session

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from claude_sessions.transcript.blocks.replay import Replay, View
    from claude_sessions.transcript.files import LogFile


class Format(StrEnum):
    """What a conversation is printed as."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    SDK = "sdk"


def transcript(
    session: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help="The session: an id of a recording or of Claude's, 4 or more characters of it, a title, last, or a file.",
            autocompletion=complete_session,
        ),
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="What to print; without it the suffix of FILE says it.")
    ] = None,
    thinking: Annotated[bool, typer.Option("--thinking", help="Show what Claude thought, where it was kept.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Cut nothing, and show what was before a compaction.")] = False,
    subagents: Annotated[
        bool, typer.Option("--subagents", help="Show what subagents did, below the call that started each.")
    ] = False,
    branch: Annotated[
        int | None, typer.Option("--branch", metavar="N", min=1, help="Show another branch than the newest.")
    ] = None,
    output: Annotated[
        str | None, typer.Option("-o", metavar="FILE", help="Write to FILE; - is standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write to FILE though it is already there.")] = False,
) -> None:
    """Print the conversation of a session.

    Without ID: the newest of the current directory, else the newest of all.
    """
    from pathlib import Path

    from claude_sessions.base.errors import UsageError
    from claude_sessions.base.target import open_target
    from claude_sessions.cli.find_transcript import find_transcripts
    from claude_sessions.cli.orderly_end import orderly_end
    from claude_sessions.transcript.blocks.replay import View

    files = find_transcripts(session)
    if branch is not None and len(files) > 1:
        raise UsageError(f"--branch needs one transcript, and this recording has {len(files)}; name one by its id")
    form = form or _SUFFIXES.get(Path(output or "").suffix.lower(), Format.MARKDOWN)
    view = View(thinking=thinking, full=full, inputs=form is Format.JSON, subagents=subagents, branch=branch)
    to_terminal = output in (None, "-") and sys.stdout.isatty()
    pieces = _rendered(_opened(files, view, form), form, folded=to_terminal)
    if output not in (None, "-"):
        with orderly_end(), open_target(expanded(output).absolute(), force=force) as file:
            file.writelines(piece.encode(errors="replace") for piece in _gathered(pieces))
    elif to_terminal:
        sys.stdout.writelines(pieces)
    else:
        sys.stdout.writelines(_gathered(pieces))


_SUFFIXES = {".html": Format.HTML, ".htm": Format.HTML, ".json": Format.JSON, ".jsonl": Format.SDK}

_AT_ONCE = 1 << 16
"""Characters that are written in one go to what is no terminal."""


def _gathered(pieces: "Iterable[str]") -> "Iterator[str]":
    gathered: list[str] = []
    size = 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size > _AT_ONCE:
            yield "".join(gathered)
            gathered.clear()
            size = 0
    yield "".join(gathered)


def _opened(files: "Iterable[LogFile]", view: "View", form: Format) -> "Iterator[Replay]":
    """Yield the conversations, each until the next one is asked for, and say then what a person should know of it."""
    from contextlib import ExitStack

    from claude_sessions.cli.progress import progress
    from claude_sessions.transcript.blocks.replay import open_replay

    for file in files:
        with ExitStack() as stack:
            with progress("Reading", file.size) as advance:
                replay = stack.enter_context(open_replay(file, view, advance))
            yield replay
            _tell(replay, form)


def _rendered(replays: "Iterable[Replay]", form: Format, *, folded: bool) -> "Iterator[str]":
    if form is Format.HTML:
        from claude_sessions.formats.html import html

        return html(replays)
    if form is Format.JSON:
        from claude_sessions.formats.json_blocks import json_blocks

        return json_blocks(replays)
    if form is Format.SDK:
        from claude_sessions.formats.sdk_lines import sdk_lines

        return sdk_lines(replays)
    from claude_sessions.formats.markdown import conversations

    if not folded:
        return conversations(replays)
    from shutil import get_terminal_size

    from claude_sessions.cli.fold import fold

    columns = get_terminal_size().columns
    return conversations(replays, lambda text, before: fold(text, columns - before))


def _tell(replay: "Replay", form: Format) -> None:
    """Say what cannot be seen in what was printed."""
    from claude_sessions.cli.output import complain
    from claude_sessions.transcript.files import Kind

    name, view = replay.file.path.name, replay.view
    count, shown = len(replay.branches), replay.branch
    if count > 1:
        another = count if shown != count else count - 1
        complain(f"{count} branches, this is number {shown}; --branch {another} shows another")
    hidden = 0 if form is Format.SDK else replay.hidden_prompts
    if hidden:
        were = "prompt was" if hidden == 1 else "prompts were"
        complain(f"{hidden} earlier {were} compacted into a summary; --full shows {'it' if hidden == 1 else 'them'}")
    if replay.file.kind is Kind.SUBAGENT and not view.subagents:
        complain(f"{name} is a subagent's; --subagents shows it")
    if replay.left_agents:
        complain(f"subagents of calls that are not shown: {replay.left_agents}; --full shows more calls")
    if replay.faults.count:
        more = replay.faults.count - 1
        complain(f"{replay.faults.first}" + (f"; {more} more place{'s' * (more > 1)} like it" if more else ""))
