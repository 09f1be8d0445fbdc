"""`archive`: copies of what Claude Code will delete, their return, and their way to another machine."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from claude_sessions.upkeep.archive import Report
    from claude_sessions.upkeep.originals import Original
    from claude_sessions.upkeep.vault import Stored

_NOTHING = "there is nothing to archive: no transcripts, Claude Code writes one for each session"


def complete_archived(incomplete: str) -> list[tuple[str, str]]:
    """Return the archived sessions whose id begins so, the one written last first, each with its directory."""
    from claude_sessions.base.errors import ClaudeSessionsError
    from claude_sessions.cli.output import short_path
    from claude_sessions.screen.printable import printable
    from claude_sessions.upkeep.vault import Vault

    try:
        with Vault.open() as vault:
            manifests = [stored.manifest for stored in vault.sessions()]
    except (ClaudeSessionsError, OSError):
        return []  # a completion is no place for complaints
    manifests.sort(key=lambda one: one.written_ns, reverse=True)
    return [
        (printable(one.session_id), printable(short_path(one.directory)))
        for one in manifests
        if one.session_id.startswith(incomplete)
    ]


ArchivedId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="The session: its id, the first 4 or more characters of it, its exact title, or last.",
        autocompletion=complete_archived,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that are different or longer.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def archive(context: typer.Context, dry_run: DryRun = False, json: Json = False) -> None:
    """Keep copies of transcripts, which Claude Code deletes.

    They are packed; only what is new or has grown is read. Every command that reads transcripts finds a session in the archive when its
    original is gone.
    """
    from claude_sessions.base.errors import NotFoundError, UsageError
    from claude_sessions.cli.output import complain, print_json
    from claude_sessions.cli.progress import progress
    from claude_sessions.upkeep.archive import foresee, original_size, update
    from claude_sessions.upkeep.originals import find_originals
    from claude_sessions.upkeep.vault import Vault

    if context.invoked_subcommand:
        if dry_run or json:
            raise UsageError(
                f"options go behind the whole command: claude-sessions archive {context.invoked_subcommand}"
            )
        return
    originals = list(find_originals())
    try:
        vault = Vault.open(create=not dry_run, lock=not dry_run)
    except NotFoundError:  # only a dry run does not make it
        report, stored = foresee(None, originals), []
    else:
        with vault:
            if dry_run:
                report = foresee(vault, originals)
            else:
                with progress("Archiving", sum(map(original_size, originals))) as advance:
                    report = update(vault, originals, advance)
            stored = list(vault.sessions())
            report.warnings += vault.warnings
    for warning in report.warnings:
        complain(warning)
    kept = kept_alone(stored, originals)
    known = bool(stored or originals)
    if json:
        print_json({"dry_run": dry_run, **_report_json(report, kept, stored)})
    else:
        print("\n".join(_report_lines(report, kept, stored, dry_run=dry_run)) if known else _NOTHING)
    if report.warnings:
        raise typer.Exit(2)


def kept_alone(stored: "list[Stored]", originals: "list[Original]") -> "list[Stored]":
    """Return those sessions of the archive whose originals are gone."""
    from claude_sessions.upkeep.archive import within_archive

    there = {(within_archive(one), one.session_id) for one in originals}
    return [one for one in stored if (one.within, one.manifest.session_id) not in there]


def _report_json(report: "Report", kept: "list[Stored]", stored: "list[Stored]") -> dict[str, object]:
    from claude_sessions.upkeep.packing import Change

    return {
        **{str(change): sorted(report.sessions[change]) for change in Change if change is not Change.UNCHANGED},
        "unchanged": len(report.sessions[Change.UNCHANGED]),
        "kept": len(kept),
        "size": sum(one.manifest.size for one in stored),
        "packed_size": sum(one.manifest.packed_size for one in stored),
        "warnings": report.warnings,
    }


def _report_lines(report: "Report", kept: "list[Stored]", stored: "list[Stored]", *, dry_run: bool) -> list[str]:
    from claude_sessions.cli.output import byte_size
    from claude_sessions.upkeep.packing import Change

    counts = {change: len(sessions) for change, sessions in report.sessions.items()}
    said = [f"{counts[change]} {change}" for change in Change if counts[change] or change is not Change.REPLACED]
    alone = f"; {len(kept)} kept, the original{' is' if len(kept) == 1 else 's are'} gone" if kept else ""
    lines = [f"{'would archive' if dry_run else 'archived'}: {', '.join(said)}{alone}"]
    lines += cut_lines(one for one in stored if one.manifest.session_id in report.sessions[Change.REPLACED])
    if stored:
        size, packed = (sum(getattr(one.manifest, name) for one in stored) for name in ("size", "packed_size"))
        lines.append(f"{count(len(stored), 'session')} of {byte_size(size)} in {byte_size(packed)}")
    return lines


def cut_lines(stored: "Iterable[Stored]") -> "Iterator[str]":
    """Yield a sentence for each session of which the newest copy is not the longest."""
    from claude_sessions.screen.printable import printable
    from claude_sessions.upkeep.copies import shortened

    for one in stored:
        if files := shortened(one.manifest):
            yield (
                f"of session {printable(one.manifest.session_id)} {count(len(files), 'file')} became shorter; "
                "archive restore takes the longest copy, --earlier another one"
            )


def count(number: int, what: str) -> str:
    """Return `1 file`, `2 files`."""
    return f"{number} {what}" + ("" if number == 1 else "s")
