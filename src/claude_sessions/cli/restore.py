"""`archive restore`, `archive export` and `archive import`: conversations that come back, or move to another machine."""

import os
from pathlib import Path
from typing import Annotated

import typer

from claude_sessions.cli.archive import ArchivedId, DryRun, Force, count


def restore(
    session: ArchivedId,
    to: Annotated[
        str | None, typer.Option("--to", metavar="DIR", help="Put the files into this folder, not into Claude Code's.")
    ] = None,
    force: Force = False,
    dry_run: DryRun = False,
) -> None:
    """Put a session back where Claude Code finds it.

    claude --resume then goes on with it.
    """
    from claude_sessions.cli.progress import progress
    from claude_sessions.upkeep.restore import home_of, plan, restore
    from claude_sessions.upkeep.vault import Vault

    with Vault.open() as vault:
        stored = vault.find(session)
        planned = plan(vault, stored, Path(to).expanduser().absolute() if to is not None else home_of(stored))
        if dry_run:
            _say(*(f"{planned.folder / record.path}: {standing}" for record, standing in planned.files))
            return
        with progress("Restoring", sum(record.size for record in planned.missing)) as advance:
            restore(vault, stored, planned, advance, force=force)
    number, directory = len(planned.missing), stored.manifest.directory
    _say(
        f"restored {count(number, 'file')} to {planned.folder}"
        if number
        else f"all of it is in {planned.folder} already"
    )
    if to is None:
        _say(_how_to_resume(stored.manifest.session_id, directory))


def export(
    session: ArchivedId,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file to write: NAME.tar.zst or NAME.tar.gz.")],
) -> None:
    """Write a conversation into one file, for another machine. It is archived on the way."""
    from claude_sessions.base.errors import NotFoundError
    from claude_sessions.cli.output import byte_size
    from claude_sessions.transcript.locate import locate
    from claude_sessions.upkeep.archive import update
    from claude_sessions.upkeep.bundle import write_bundle
    from claude_sessions.upkeep.originals import find_originals
    from claude_sessions.upkeep.vault import Vault

    with Vault.open(create=True, lock=True) as vault:
        try:
            wanted = locate(session).session_id
        except NotFoundError:
            wanted = session
        update(vault, [one for one in find_originals() if one.session_id == wanted])
        stored = vault.find(wanted)
        size = write_bundle(vault, stored, Path(file).expanduser().absolute())
    _say(
        f"session {stored.manifest.session_id} is in {file}: {count(len(stored.manifest.files), 'file')}, {byte_size(size)}"
    )


def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="What archive export wrote.")],
    directory: Annotated[
        str, typer.Option("--directory", metavar="DIR", help="The project's directory on this machine (default: here).")
    ] = ".",
    force: Force = False,
    dry_run: DryRun = False,
) -> None:
    """Take over a conversation from another machine.

    claude --resume then goes on with it in DIR.
    """
    from claude_sessions.base.errors import ClaudeSessionsError, UsageError
    from claude_sessions.cli.output import complain
    from claude_sessions.transcript.files import project_folders
    from claude_sessions.transcript.registry import project_slug
    from claude_sessions.upkeep.unbundle import read_bundle

    path, project = Path(file).expanduser().absolute(), os.path.realpath(os.path.expanduser(directory))
    if not os.path.isdir(project):
        raise UsageError(f"{directory} is no directory; give the project's with --directory")
    projects = Path(os.path.realpath(project_folders()[0]))
    folder = projects / project_slug(project)
    manifest = read_bundle(path, folder, force=force, dry_run=dry_run)
    if dry_run:
        _say(f"{count(len(manifest.files), 'file')} of session {manifest.session_id} would go to {folder}")
        return
    try:
        _archive_imported(projects, folder.name, manifest.session_id, project)
    except ClaudeSessionsError as error:
        complain(f"the session is imported, but not archived: {error}")
    _say(f"imported session {manifest.session_id}", _how_to_resume(manifest.session_id, project))


def _archive_imported(projects: Path, slug: str, session_id: str, directory: str) -> None:
    """Archive a session that came from elsewhere: the manifest remembers where it belongs, its entries do not."""
    from claude_sessions.upkeep.archive import update
    from claude_sessions.upkeep.originals import originals_in
    from claude_sessions.upkeep.vault import Vault

    originals = [one for one in originals_in(projects) if one.within == (slug,) and one.session_id == session_id]
    with Vault.open(create=True, lock=True) as vault:
        update(vault, originals, directory=directory)


def _how_to_resume(session_id: str, directory: str) -> str:
    from claude_sessions.cli.output import short_path

    return f"claude-sessions resume {session_id} goes on with it" + (
        f" in {short_path(directory)}" if directory else ""
    )


def _say(*lines: str) -> None:
    from claude_sessions.screen.printable import printable

    for line in lines:
        print(printable(line))
