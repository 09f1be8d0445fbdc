"""The page of `stats`: the numbers in sentences, and when, with what and where in small charts."""

import textwrap
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from claude_sessions.activity.days import Streak
from claude_sessions.activity.statistics import SessionWork, Statistics
from claude_sessions.activity.tools import split_name
from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.cli.chart import bar, columns
from claude_sessions.cli.output import byte_size, duration, short_path
from claude_sessions.cli.table import display_width, shorten
from claude_sessions.screen.printable import printable
from claude_sessions.usage.report import Totals
from claude_sessions.usage.response import in_dollars

WIDTH = 80
"""Cells of the widest page."""

_TOP = 10
_LABEL = 10
_NAME = 32
_BAR = 24
_COUNT = 7
_INDENT = "  "
_DAYS = 70
"""How many days the chart goes back: ten weeks."""

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def page(found: Statistics, tokens: Totals, today: date, width: int = WIDTH, *, blocks: bool) -> Iterator[str]:
    """Yield the lines of the page, at most `width` cells wide. `blocks`: whether block characters can be spelled."""
    for label, text in _numbers(found, tokens):
        yield from _wrapped(text, width, f"{label:<{_LABEL}}{_INDENT}")
    if found.days:
        yield ""
        yield from _when(found, today, width, blocks=blocks)
    for title, counts in (
        ("Tools", {_tool(name): count for name, count in found.calls.items()}),
        ("Models", found.models),
        ("Projects (sessions)", {short_path(name): count for name, count in found.projects.items()}),
        ("Claude Code (sessions)", found.versions),
    ):
        if counts:
            yield ""
            yield title
            yield from _bars(counts, width, blocks=blocks, keep_end=title.startswith("Projects"))
    if found.unknown:
        yield ""
        yield from _wrapped("Types of lines that this version does not know (kept, not understood)", width)
        for name, versions in list(found.unknown.items())[:_TOP]:
            written = ", ".join(filter(None, versions)) or "?"
            text = printable(f"{name}: {sum(versions.values()):,} (Claude Code {written})")
            yield _INDENT + shorten(text, width - 2 * len(_INDENT))


def _numbers(found: Statistics, tokens: Totals) -> Iterator[tuple[str, str]]:
    """Yield a label and a sentence for each number that matters."""
    yield "sessions", f"{_many(len(found.sessions), 'session')} in {_many(len(found.projects), 'project')}"
    yield "prompts", f"{found.prompts:,}, answered by {_many(found.responses, 'response')}"
    calls = sum(found.calls.values())
    failed = f", {found.failed_calls / calls:.1%} failed" if found.failed_calls else ""
    yield "tools", f"{_many(calls, 'call')}{failed}"
    if tokens.total:
        least = "at least " if tokens.lower_bound else ""
        cost = "cost not known of all models" if tokens.cost is None else f"{least}${in_dollars(tokens.cost):,.2f}"
        kinds = f"{_big(tokens.input)} in, {least}{_big(tokens.output)} out, {_big(tokens.cache_write)} written to the cache"
        yield "tokens", f"{kinds}, {_big(tokens.read)} read"
        yield "cost", cost
    if found.active_s:
        yield "at work", f"{duration(found.active_s * NANOSECONDS)}, pauses of more than 10 minutes left out"
        yield "longest", _longest(found.sessions[0])
    if found.days:
        day, count = max(found.days.items(), key=lambda each: (each[1], each[0]))
        yield "busiest", f"{day:%a} {day}, {_many(count, 'prompt and response', 'prompts and responses')}"
        yield "streak", _streaks(found.longest_streak, found.current_streak)
    files = sum(found.transcripts.values())
    agents = found.transcripts.get("subagent", 0)
    of_agents = f" ({agents:,} of subagents)" if agents else ""
    yield "on disk", f"{byte_size(found.bytes)}, {found.lines:,} lines in {_many(files, 'transcript')}{of_agents}"
    if found.copies:
        yield "", f"{found.copies:,} lines are copies, made when a session was resumed or forked"
    if found.faults:
        yield "", f"{_many(found.faults, 'damaged piece')} left out"


def _longest(session: SessionWork) -> str:
    where = shorten(printable(short_path(session.directory)), 30, keep_end=True)
    began = f"{date.fromtimestamp(session.first_s)}"  # noqa: DTZ012 # a local day
    return (
        f"{duration(session.active_s * NANOSECONDS)} on {began} in {where or '?'} ({printable(session.session_id[:8])})"
    )


def _streaks(longest: Streak | None, current: Streak | None) -> str:
    if longest is None:
        return ""
    text = f"{_many(longest.days, 'day')} in a row, until {longest.last}"
    if current is None:
        return text
    return (
        f"{text}; now {current.days:,}" if current != longest else f"{_many(longest.days, 'day')} in a row, until now"
    )


def _when(found: Statistics, today: date, width: int, *, blocks: bool) -> Iterator[str]:
    """Yield the charts of days, weekdays and hours."""
    room = width - len(_INDENT)
    last = min(max(found.days), today)
    first = max(min(found.days), last - timedelta(days=max(7, min(_DAYS, room)) - 1))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    yield f"Days, {first} to {last}"
    yield _INDENT + columns([found.days.get(day, 0) for day in days], blocks=blocks).rstrip()
    yield ""
    yield "Hours"
    cells = 2 if room >= 2 * len(found.hours) else 1
    yield _INDENT + "".join(column * cells for column in columns(found.hours, blocks=blocks)).rstrip()
    yield _INDENT + "".join(f"{hour:<{3 * cells}}" for hour in range(0, 24, 3)).rstrip()
    week = [0] * 7
    for day, count in found.days.items():
        week[day.weekday()] += count
    yield ""
    yield "Weekdays"
    for name, count in zip(_WEEKDAYS, week, strict=True):
        yield _bar(name, count, max(week), width, blocks=blocks)


def _bars(counts: Mapping[str, int], width: int, *, blocks: bool, keep_end: bool = False) -> Iterator[str]:
    """Yield a line for each of the first, with a bar; what is left out is named."""
    shown = list(counts.items())[:_TOP]
    names = [shorten(printable(name) or "?", min(_NAME, width // 2), keep_end=keep_end) for name, _ in shown]
    longest = max(map(display_width, names))
    largest = max(count for _, count in shown)
    for name, (_, count) in zip(names, shown, strict=True):
        yield _bar(name + " " * (longest - display_width(name)), count, largest, width, blocks=blocks)
    if len(counts) > _TOP:
        yield f"  and {len(counts) - _TOP:,} more"


def _bar(name: str, count: int, largest: int, width: int, *, blocks: bool) -> str:
    """Return a name, its count, and a bar in the room that they leave."""
    text = f"{_INDENT}{name}  {count:>{_COUNT},}  "
    room = min(_BAR, width - display_width(text))
    return (text + (bar(count, largest, room, blocks=blocks) if room > 0 else "")).rstrip()


def _wrapped(text: str, width: int, label: str = "") -> Iterator[str]:
    """Yield a sentence as lines of at most `width` cells, the first behind a label, the others below the first."""
    indent = " " * len(label)
    for line in textwrap.wrap(text, width, initial_indent=label, subsequent_indent=indent, break_on_hyphens=False):
        yield shorten(line, width)


def _tool(name: str) -> str:
    server, tool = split_name(name)
    return f"{server}: {tool}" if server else tool


def _many(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def _big(count: int) -> str:
    """Return a number of tokens in few digits: `812`, `93.1 k`, `1,588 M`."""
    if count < 10_000:
        return f"{count:,}"
    value, unit = (count / 1000, "k") if count < 1_000_000 else (count / 1_000_000, "M")
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"
