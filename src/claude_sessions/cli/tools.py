"""`tools`: how often each tool was called, failed, and how long it took."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from claude_sessions.cli.chosen import OneProject, OneSession, Since, Until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_sessions.activity.tools import ToolUse


def tools(
    since: Since = None,
    until: Until = None,
    project: OneProject = None,
    session: OneSession = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show which tools Claude called, and how that went.

    How often each was called, failed or was denied, how long it took, and in how many sessions. Subagents' calls count
    with their session. A copy of a call, in a session that was resumed or forked, does not count.
    """
    from claude_sessions.activity.tools import tool_uses
    from claude_sessions.cli.chosen import columns, history, say_why_empty
    from claude_sessions.cli.output import print_json

    uses = list(history(session, project, since, until).uses())
    rows = tool_uses(uses)
    if json:
        print_json({"tools": [_json(row) for row in rows]})
    elif rows:
        print("\n".join(_lines(rows, len({use.part.session_id for use in uses}), columns())))
    else:
        say_why_empty("no tool was called", session=session, project=project, since=since, until=until)


def _lines(rows: "Sequence[ToolUse]", sessions: int, width: int | None) -> list[str]:
    """Return the table as lines, a row for all tools at its end."""
    from claude_sessions.cli.chosen import length
    from claude_sessions.cli.table import Column, table
    from claude_sessions.screen.printable import printable

    headings = (
        Column("TOOL", least=12),
        Column("CALLS", right=True),
        Column("FAILED", left_out=1, right=True),
        Column("%", left_out=5, right=True),
        Column("DENIED", left_out=4, right=True),
        Column("MEDIAN", left_out=2, right=True),
        Column("P95", left_out=3, right=True),
        Column("SESSIONS", left_out=6, right=True),
    )
    cells = [
        (
            printable(_name(row.name)),
            f"{row.calls:,}",
            _count(row.failed),
            _percent(row.failure_rate),
            _count(row.denied),
            length(row.median_ms),
            length(row.p95_ms),
            f"{row.sessions:,}",
        )
        for row in rows
    ]
    if len(rows) > 1:
        failed, denied = sum(row.failed for row in rows), sum(row.denied for row in rows)
        ran = sum(row.calls - row.denied - row.unfinished for row in rows)
        calls = f"{sum(row.calls for row in rows):,}"
        rate = _percent(failed / ran if ran else None)
        cells.append(("all", calls, _count(failed), rate, _count(denied), "", "", f"{sessions:,}"))
    return table(headings, cells, width)


def _name(name: str) -> str:
    """Return a tool's name for people: that of an MCP server's with the server before it."""
    from claude_sessions.activity.tools import split_name

    server, tool = split_name(name)
    return f"{server}: {tool}" if server else tool or "?"


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


def _percent(rate: float | None) -> str:
    return f"{rate:.1%}".removesuffix("%") if rate else ""


def _json(row: "ToolUse") -> dict[str, Any]:
    from claude_sessions.activity.tools import split_name

    server, tool = split_name(row.name)
    rate = row.failure_rate
    return {
        "name": row.name,
        "server": server or None,
        "tool": tool,
        "calls": row.calls,
        "failed": row.failed,
        "denied": row.denied,
        "unfinished": row.unfinished,
        "failure_rate": None if rate is None else round(rate, 4),
        "median_duration": None if row.median_ms is None else row.median_ms / 1000,
        "p95_duration": None if row.p95_ms is None else row.p95_ms / 1000,
        "sessions": row.sessions,
    }
