"""`archive list`: which sessions have copies, and of which these are the only ones."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claude_sessions.cli.archive import Json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from claude_sessions.transcript.overview import Overview
    from claude_sessions.upkeep.vault import Stored

_LONGEST_TITLE = 60
"""Cells; `--json` has all of it."""


def list_(
    limit: Annotated[int | None, typer.Option("-n", min=1, metavar="N", help="So many of them (default: all).")] = None,
    json: Json = False,
) -> None:
    """List what is archived, the session that ended last first."""
    from claude_sessions.base.errors import NotFoundError
    from claude_sessions.cli.archive import cut_lines, kept_alone
    from claude_sessions.cli.output import complain, print_json
    from claude_sessions.transcript.archive import archive_path
    from claude_sessions.upkeep.originals import find_originals
    from claude_sessions.upkeep.vault import Vault

    try:
        with Vault.open() as vault:
            stored = sorted(vault.sessions(), key=lambda one: one.manifest.written_ns, reverse=True)
            warnings = vault.warnings
    except NotFoundError:
        stored, warnings = [], []
    ids = [one.manifest.session_id for one in stored]
    shown = stored[:limit]
    for sentence in (*warnings, *cut_lines(shown)):
        complain(sentence)
    if not stored:
        complain("the archive is empty; claude-sessions archive fills it")
    gone = {id(one) for one in kept_alone(stored, list(find_originals()))}
    overviews, titles = _titles({one.manifest.session_id for one in shown})
    if json:
        path = archive_path()
        print_json(
            {
                "sessions": [
                    {
                        **_session_json(one, path, overviews.get(one.manifest.session_id)),
                        "title": titles.get(one.manifest.session_id) or None,
                        "original": id(one) not in gone,
                    }
                    for one in shown
                ]
            }
        )
    elif shown:
        print("\n".join(_table(shown, titles, gone, ids)))


def _titles(session_ids: set[str]) -> "tuple[dict[str, Overview], dict[str, str]]":
    """Return what the transcripts of sessions tell, and the titles they have."""
    from claude_sessions.cli.recent import read_overviews
    from claude_sessions.transcript.files import main_files
    from claude_sessions.transcript.locate import all_transcripts
    from claude_sessions.transcript.overview import summaries_in

    wanted = [file for file in main_files(all_transcripts()) if file.session_id in session_ids]
    overviews = {file.session_id: overview for file, overview in read_overviews(wanted)}
    elsewhere = summaries_in(overviews.values())
    return overviews, {session_id: each.title(elsewhere) for session_id, each in overviews.items()}


def _session_json(stored: "Stored", path: "Path", overview: "Overview | None") -> dict[str, Any]:
    from claude_sessions.base.clock import TimestampFormatter
    from claude_sessions.transcript.archive import PACKED
    from claude_sessions.upkeep.copies import choose

    timestamp, manifest = TimestampFormatter(), stored.manifest
    place = path.joinpath(*stored.within)
    return {
        "id": manifest.session_id,
        "directory": manifest.directory or None,
        "started": timestamp(overview.started_ns) if overview and overview.started_ns else None,
        "ended": timestamp(manifest.written_ns),
        "archived": manifest.archived,
        "size": choose(stored).manifest.size,
        "packed_size": manifest.packed_size,
        "files": [f"{place / file.path}{PACKED}" for file in manifest.files],
        "earlier": [
            {"path": str((place / file.path).with_name(copy.name)), "number": number, "size": copy.size}
            for file in manifest.files
            for number, copy in enumerate(file.earlier, 1)
        ],
        "claude_version": manifest.claude_version or None,
    }


def _table(stored: "Sequence[Stored]", titles: dict[str, str], gone: set[int], ids: "Sequence[str]") -> list[str]:
    import shutil
    import time

    from claude_sessions.cli.list import short_ids
    from claude_sessions.cli.output import byte_size, moment, short_path
    from claude_sessions.cli.table import Column, shorten, table
    from claude_sessions.screen.printable import printable
    from claude_sessions.upkeep.copies import choose

    now_ns, short = time.time_ns(), short_ids(ids)
    rows = [
        (
            printable(short[one.manifest.session_id]),
            moment(one.manifest.written_ns, now_ns),
            printable(short_path(one.manifest.directory)),
            shorten(printable(titles.get(one.manifest.session_id, "")), _LONGEST_TITLE),
            byte_size(choose(one).manifest.size),
            byte_size(one.manifest.packed_size),
            "gone" if id(one) in gone else "there",
        )
        for one in stored
    ]
    columns = (
        Column("ID"),
        Column("ENDED", left_out=3),
        Column("DIRECTORY", least=10, keep_end=True, left_out=2),
        Column("TITLE", least=10, last=True),
        Column("SIZE", left_out=5, right=True),
        Column("PACKED", left_out=4, right=True),
        Column("ORIGINAL"),
    )
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return table(columns, rows, width)
