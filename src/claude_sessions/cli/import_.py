"""`import`: recordings of other programs, or of other machines, become recordings here."""

from typing import Annotated

import typer

from claude_sessions.base.paths import expanded


def import_(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="An asciicast, a typescript, a ttyrec, or a .tar.gz of export.")
    ],
    title: Annotated[str, typer.Option("--title", metavar="T", help="The title it gets.")] = "",
    timing: Annotated[
        str | None, typer.Option("--timing", metavar="FILE", help="The times of a typescript: what script -T wrote.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also where the same recording is here already.")] = False,
) -> None:
    """Take over a recording from elsewhere.

    Another program has made it, or claude-sessions on another machine. Known are asciicast versions 1 to 3 (asciinema), typescripts with their times (script), ttyrec, and the .tar.gz of
    claude-sessions export, which comes back byte by byte and under its own id unless that is taken. A file that is damaged
    is named with the place, and nothing of it is kept. What has been imported before is not imported once more.
    """
    from claude_sessions.base.errors import AmbiguousError, UsageError
    from claude_sessions.cli.orderly_end import orderly_end
    from claude_sessions.cli.output import complain
    from claude_sessions.formats.importing import import_file
    from claude_sessions.store.catalogue import find, sum_up
    from claude_sessions.store.home import Home
    from claude_sessions.upkeep.replacement import finish_replacements

    if "-" in (file, timing):
        raise UsageError("standard input cannot be imported; save it to a file and name that")
    path = expanded(file)
    with Home.open(create=True) as home:
        finish_replacements(home)
        with orderly_end():
            times = expanded(timing) if timing is not None else None
            imported = import_file(home, path, timing=times, title=title, again=again)
        if imported.known:
            print(f"session {imported.session_id} is this recording already; import --again makes another of it")
            return
        called = sum_up(find(home, imported.session_id)).title
        try:
            alone = find(home, called or imported.session_id).session_id == imported.session_id
        except AmbiguousError:
            alone = False
        if not alone:
            complain(f"another recording has the title {called!r}, too: name this one {imported.session_id[:8]}")
    print(f"imported {imported.session_id}; claude-sessions replay {imported.session_id[:8]} shows it")
    if imported.transcripts:
        complain(f"Claude's own transcripts ({imported.transcripts}) stay in {file}, in the folder transcripts")
