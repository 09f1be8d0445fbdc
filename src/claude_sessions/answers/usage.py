"""The JSON forms of `usage` (claude-sessions(1), "JSON")."""

from collections.abc import Mapping, Sequence
from typing import Any

from claude_sessions.base.clock import TimestampFormatter
from claude_sessions.base.config import load_config
from claude_sessions.usage.prices import Prices, load_prices
from claude_sessions.usage.report import Totals
from claude_sessions.usage.response import in_dollars
from claude_sessions.usage.summary import Row, claude_cost
from claude_sessions.usage.windows import Burn, Projection, Window, burn, limit_status, projection

_NS_IN_MS = 1_000_000
_NAMES = {"daily": "date", "weekly": "week", "monthly": "month", "session": "id", "project": "directory"}
"""What the key of a report's rows is called, where it is not as the report."""


def configured_prices(file: str | None = None) -> Prices:
    """Return the prices: those of `file`, or of the setting, before those that come with the program."""
    return load_prices(file or load_config()["prices"] or None)


def report_json(report: str, rows: Sequence[Row], totals: Totals, titles: Mapping[str, str]) -> dict[str, Any]:
    """Return the JSON form of a report. `titles` is what sessions are called."""
    name = _NAMES.get(report, report)
    lines = []
    for row in rows:
        line: dict[str, Any] = {name: row.key}
        if report == "session":
            line |= {
                "title": titles.get(row.key) or None,
                "directory": row.directory,
                "started": _timestamp(row.totals.first),
                "ended": _timestamp(row.totals.last),
                "claude_cost": _dollars(row.claude_cost),
            }
        lines.append(line | _totals(row.totals) | _models(row.totals))
    total = _totals(totals) | ({"claude_cost": _dollars(claude_cost(rows))} if report == "session" else {})
    return {"rows": lines, "totals": total, **_unknown(totals)}


def windows_json(windows: Sequence[Window], totals: Totals, now: int, limit: int | None) -> dict[str, Any]:
    """Return the JSON form of windows; `now` in milliseconds since the epoch."""
    lines = []
    for window in windows:
        speed, later = (burn(window) if window.active else None), projection(window, now)
        lines.append(
            {
                "start": _timestamp(window.start),
                "end": _timestamp(window.end),
                "first": None if window.gap else _timestamp(window.totals.first),
                "last": None if window.gap else _timestamp(window.totals.last),
                "active": window.active,
                "gap": window.gap,
                **_totals(window.totals),
                **_models(window.totals),
                "burn": speed and _burn(speed),
                "projection": later and _projection(later, limit),
            }
        )
    return {"rows": lines, "token_limit": limit, "totals": _totals(totals), **_unknown(totals)}


def _timestamp(time: int) -> str:
    return TimestampFormatter()(time * _NS_IN_MS)


def _totals(totals: Totals) -> dict[str, Any]:
    return {
        "responses": totals.responses,
        "input_tokens": totals.input,
        "output_tokens": totals.output,
        "cache_write_tokens": totals.cache_write,
        "cache_write_1h_tokens": totals.write_1h,
        "cache_read_tokens": totals.read,
        "total_tokens": totals.total,
        "web_searches": totals.searches,
        "lower_bound": totals.lower_bound,
        "lower_bounds": totals.partial,
        "cost": _dollars(totals.cost),
        "known_cost": in_dollars(totals.known_cost),
    }


def _models(totals: Totals) -> dict[str, Any]:
    return {"models": [{"model": name, **_totals(part)} for name, part in totals.dearest_first()]}


def _unknown(totals: Totals) -> dict[str, Any]:
    return {"unknown_models": sorted(totals.unknown)}


def _burn(speed: Burn) -> dict[str, Any]:
    return {
        "tokens_per_minute": round(speed.tokens_per_minute, 3),
        "uncached_tokens_per_minute": round(speed.tokens_per_minute_uncached, 3),
        "cost_per_hour": _dollars(speed.cost_per_hour),
    }


def _projection(later: Projection, limit: int | None) -> dict[str, Any]:
    return {
        "remaining_minutes": later.minutes,
        "total_tokens": later.tokens,
        "cost": _dollars(later.cost),
        "of_limit": round(later.tokens / limit, 6) if limit else None,
        "status": limit_status(later.tokens, limit) if limit else None,
    }


def _dollars(units: int | None) -> float | None:
    return None if units is None else in_dollars(units)
