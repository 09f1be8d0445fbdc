"""`archive`: copies of what Claude Code will delete, their return, and their way to another machine."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from claude_sessions.upkeep.archive import Report
    from claude_sessions.upkeep.originals import Original
    from claude_sessions.upkeep.vault import Stored


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
        help="The session: its id, the first 4 or more characters of it, or last.",
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
    kept = _kept(stored, originals)
    if json:
        print_json({"dry_run": dry_run, **_report_json(report, kept, stored)})
    else:
        print("\n".join(_report_lines(report, kept, stored, dry_run=dry_run)))
    if report.warnings:
        raise typer.Exit(2)


def list_(json: Json = False) -> None:
    """List what is archived, the session written last first."""
    import shutil
    import time

    from claude_sessions.base.clock import TimestampFormatter
    from claude_sessions.cli.output import byte_size, complain, moment, print_json, short_path
    from claude_sessions.cli.table import Column, table
    from claude_sessions.screen.printable import printable
    from claude_sessions.upkeep.originals import find_originals
    from claude_sessions.upkeep.vault import Vault

    with Vault.open() as vault:
        stored = sorted(vault.sessions(), key=lambda one: one.manifest.written_ns, reverse=True)
        path, warnings = vault.path, vault.warnings
    for warning in warnings:
        complain(warning)
    gone = {id(one) for one in _kept(stored, list(find_originals()))}
    if json:
        timestamp = TimestampFormatter()
        print_json(
            {
                "sessions": [
                    {
                        "id": one.manifest.session_id,
                        "directory": one.manifest.directory,
                        "written": timestamp(one.manifest.written_ns),
                        "archived": one.manifest.archived,
                        "size": one.manifest.size,
                        "packed_size": one.manifest.packed_size,
                        "files": [str(path.joinpath(*one.within, file.path)) + ".zst" for file in one.manifest.files],
                        "claude_version": one.manifest.claude_version,
                        "original": id(one) not in gone,
                    }
                    for one in stored
                ]
            }
        )
        return
    now_ns = time.time_ns()
    rows = [
        (
            printable(one.manifest.session_id),
            moment(one.manifest.written_ns, now_ns),
            printable(short_path(one.manifest.directory)),
            byte_size(one.manifest.size),
            byte_size(one.manifest.packed_size),
            "gone" if id(one) in gone else "there",
        )
        for one in stored
    ]
    columns = (
        Column("ID", least=8),
        Column("WRITTEN", left_out=3),
        Column("DIRECTORY", least=10, keep_end=True, left_out=1),
        Column("SIZE", left_out=4, right=True),
        Column("PACKED", left_out=2, right=True),
        Column("ORIGINAL"),
    )
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print(
        "\n".join(table(columns, rows, width) if rows else ["the archive is empty; claude-sessions archive fills it"])
    )


def _kept(stored: "list[Stored]", originals: "list[Original]") -> "list[Stored]":
    """Return those whose originals are gone."""
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
    lines = [
        f"{'would archive' if dry_run else 'archived'}: {', '.join(said)}; {len(kept)} kept whose originals are gone"
    ]
    if stored:
        size, packed = (sum(getattr(one.manifest, name) for one in stored) for name in ("size", "packed_size"))
        lines.append(f"{count(len(stored), 'session')} of {byte_size(size)} in {byte_size(packed)}")
    return lines


def count(number: int, what: str) -> str:
    """Return `1 file`, `2 files`."""
    return f"{number} {what}" + ("" if number == 1 else "s")
