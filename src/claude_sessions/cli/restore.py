"""`archive restore`, `archive export` and `archive import`: conversations that come back, or move to another machine."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claude_sessions.base.paths import expanded
from claude_sessions.cli.archive import ArchivedId, DryRun, Force, count
from claude_sessions.cli.orderly_end import orderly_end

if TYPE_CHECKING:
    from claude_sessions.upkeep.restore import Plan
    from claude_sessions.upkeep.vault import Stored, Vault


def restore(
    session: ArchivedId,
    to: Annotated[
        str | None, typer.Option("--to", metavar="DIR", help="Put the files into this folder, not into Claude Code's.")
    ] = None,
    earlier: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Of a file that was cut, take this earlier copy; 0 is the newest (default: the longest).",
        ),
    ] = None,
    force: Force = False,
    dry_run: DryRun = False,
) -> None:
    """Put a session back where Claude Code finds it.

    claude --resume then goes on with it.
    """
    from claude_sessions.upkeep.copies import choose
    from claude_sessions.upkeep.restore import home_of, plan
    from claude_sessions.upkeep.vault import Vault

    with Vault.open() as vault:
        stored = choose(_find(vault, session), earlier)
        planned = plan(vault, stored, expanded(to).absolute() if to is not None else home_of(stored))
        if dry_run:
            _say(*_planned_lines(planned))
            return
        put_back(vault, stored, planned, force=force)
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
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write a conversation into one file, for another machine. It is archived on the way."""
    from claude_sessions.cli.output import byte_size, complain
    from claude_sessions.upkeep.archive import update
    from claude_sessions.upkeep.bundle import check_target, write_bundle
    from claude_sessions.upkeep.copies import choose
    from claude_sessions.upkeep.originals import find_originals
    from claude_sessions.upkeep.vault import Vault

    path = expanded(file).absolute()
    check_target(path, force=force)
    wanted = _session_id(session)
    with Vault.open(create=True, lock=True) as vault:
        for warning in update(vault, [one for one in find_originals() if one.session_id == wanted]).warnings:
            complain(warning)
        stored = choose(vault.find(wanted))
        with orderly_end():
            size = write_bundle(vault, stored, path, force=force)
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

    path, project = expanded(file).absolute(), os.path.realpath(os.path.expanduser(directory))
    if not os.path.isdir(project):
        raise UsageError(f"{directory} is no directory; give the project's with --directory")
    projects = Path(os.path.realpath(project_folders()[0]))
    folder = projects / project_slug(project)
    with orderly_end():
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
    from claude_sessions.cli.output import complain
    from claude_sessions.upkeep.archive import update
    from claude_sessions.upkeep.originals import originals_in
    from claude_sessions.upkeep.vault import Vault

    originals = [one for one in originals_in(projects) if one.within == (slug,) and one.session_id == session_id]
    with Vault.open(create=True, lock=True) as vault:
        for warning in update(vault, originals, directory=directory).warnings:
            complain(warning)


def put_back(vault: "Vault", stored: "Stored", planned: "Plan", *, force: bool = False) -> None:
    """Restore a session, show how far that is, and say of which files an earlier copy was taken."""
    from claude_sessions.cli.output import complain
    from claude_sessions.cli.progress import progress
    from claude_sessions.upkeep.restore import restore

    with progress("Restoring", sum(record.size for record in planned.missing)) as advance, orderly_end():
        restore(vault, stored, planned, advance, force=force)
    for record in planned.missing:
        if record.aside:
            complain(f"{record.path}: an earlier copy was restored; archive restore --earlier 0 takes the newest")


def _find(vault: "Vault", text: str) -> "Stored":
    """Return the archived session that `text` means: also by its title, or by that of a recording."""
    from claude_sessions.base.errors import NotFoundError
    from claude_sessions.cli.find_transcript import find_transcripts

    try:
        return vault.find(text)
    except NotFoundError as error:
        try:
            return vault.find(find_transcripts(text)[-1].session_id)
        except NotFoundError:
            raise error from None


def _session_id(text: str) -> str:
    """Return the id of the session that `text` means, archived or not."""
    from claude_sessions.base.errors import NotFoundError
    from claude_sessions.cli.find_transcript import find_transcripts
    from claude_sessions.transcript.locate import session_of
    from claude_sessions.upkeep.vault import Vault

    try:
        found = find_transcripts(text)[-1]
    except NotFoundError as error:
        try:
            with Vault.open() as vault:
                return vault.find(text).manifest.session_id  # one that has lost its transcript
        except NotFoundError:
            raise error from None
    return found.session_id or session_of(found)


def _planned_lines(planned: "Plan") -> Iterator[str]:
    from claude_sessions.cli.output import byte_size

    for record, standing in planned.files:
        yield f"{planned.folder / record.path}: {standing}"
        for number, copy in enumerate(record.earlier, 1):
            taken = ", which is taken" if copy.name == record.aside else ""
            yield f"  earlier copy {number}: {byte_size(copy.size)}{taken}"


def _how_to_resume(session_id: str, directory: str) -> str:
    from claude_sessions.cli.output import short_path
    from claude_sessions.upkeep.resume import is_resumable

    if not is_resumable(session_id):
        return "its name is no id of a session of Claude Code's, so claude --resume cannot go on with it"
    return f"claude-sessions resume {session_id} goes on with it" + (
        f" in {short_path(directory)}" if directory else ""
    )


def _say(*lines: str) -> None:
    from claude_sessions.screen.printable import printable

    for line in lines:
        print(printable(line))
