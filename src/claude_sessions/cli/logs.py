"""`logs`: what was on the screen of a session, as text; what was typed; or the recorded bytes."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from claude_sessions.cli.arguments import SessionId

if TYPE_CHECKING:
    from claude_sessions.store.recording import Recording
    from claude_sessions.timeline.pages import Facts


def logs(
    session: SessionId,
    grep: Annotated[
        str | None,
        typer.Option("--grep", metavar="PATTERN", help="Only lines that match (each alone), by when they were seen."),
    ] = None,
    ignore_case: Annotated[bool, typer.Option("-i", help="Upper and lower case are the same.")] = False,
    fixed: Annotated[bool, typer.Option("-F", help="PATTERN is a text, not a regular expression.")] = False,
    inverted: Annotated[bool, typer.Option("-v", help="Only lines that do not match.")] = False,
    count: Annotated[bool, typer.Option("-c", help="Only how many lines there are.")] = False,
    after: Annotated[
        int | None, typer.Option("-A", min=0, max=1_000_000, metavar="N", help="And N lines after each.")
    ] = None,
    before: Annotated[
        int | None, typer.Option("-B", min=0, max=1_000_000, metavar="N", help="And N lines before each.")
    ] = None,
    context: Annotated[int | None, typer.Option("-C", min=0, max=1_000_000, metavar="N", help="Both.")] = None,
    since: Annotated[
        str,
        typer.Option("--since", metavar="T", help="Only lines from then on: 90s, 1:30, @MARKER, or a date and time."),
    ] = "",
    until: Annotated[str, typer.Option("--until", metavar="T", help="Only lines up to then.")] = "",
    times: Annotated[
        bool, typer.Option("-t", help="Begin each line with when it was seen; the first seen first.")
    ] = False,
    typed: Annotated[bool, typer.Option("--input", help="What was typed instead of what was shown.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The exact bytes of the output.")] = False,
    json: Annotated[
        bool,
        typer.Option("--json", help="The entries of the log as they stand in it; with an option for lines, the lines."),
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on for as long as the session runs.")] = False,
) -> None:
    """Print what stood on a session's screen, each line once.

    They come in the order of the screen: redraws, ticking clocks and scrolling back add none. With -t or --grep they come
    by time, but with -A, -B or -C in the order of the screen, and with --follow as they leave it or have stood still for a
    second. --grep looks at each line alone: a sentence that the program broke is found by `search`, as a phrase. Times
    count from the start of the session and are what `replay --at` takes. The exit code is 1 where nothing matches --grep,
    or no line was seen between --since and --until.
    """
    from claude_sessions.base.errors import MalformedEntryError, NotFoundError
    from claude_sessions.cli.log_bytes import copy_log
    from claude_sessions.cli.log_lines import Form, print_lines
    from claude_sessions.cli.output import complain, open_recording
    from claude_sessions.search.pattern import compile_pattern
    from claude_sessions.search.select import Wanted, page_search
    from claude_sessions.timeline.pages import Facts

    of_lines = {
        "--grep": grep is not None,
        "-c": count,
        "-t": times,
        "--since": bool(since),
        "--until": bool(until),
        "--input": typed,
    }
    _refuse_what_cannot_be_meant(
        {"--raw": raw, "--json": json, "--follow": follow, **of_lines},
        {"-i": ignore_case, "-F": fixed, "-v": inverted},
        {"-A": after is not None, "-B": before is not None, "-C": context is not None},
    )
    pattern = None if grep is None else compile_pattern(grep, ignore_case=ignore_case, fixed=fixed)
    facts = Facts()
    found = True
    with open_recording(session) as recording:
        if raw or (json and not any(of_lines.values())):
            copy_log(recording, facts, raw=raw, follow=follow)
        else:
            since_ns, until_ns = _stretch(recording, since, until)
            wanted = Wanted(
                pattern=pattern,
                inverted=inverted,
                before=context if before is None else before,
                after=context if after is None else after,
                since_ns=since_ns,
                until_ns=until_ns,
                in_page=None if grep is None else page_search(grep, ignore_case=ignore_case, fixed=fixed),
            )
            form = Form(times=times, counted=count, json=json, typed=typed, follow=follow)
            found = print_lines(recording, wanted, form, facts)
        _report_bad_lines(facts, told=follow)
        if not facts.has_entries:
            raise MalformedEntryError(f"{recording.log_path} cannot be read: it holds no entry")
        if not (found or pattern or follow) and (since or until):
            raise NotFoundError(_no_line(recording, since, until, "typed" if typed else "on the screen"))
    if typed and facts.is_without_input:
        complain("what was typed is not recorded in this session")
    if pattern is not None and not found:
        raise typer.Exit(1)


def _refuse_what_cannot_be_meant(options: dict[str, bool], comparing: dict[str, bool], around: dict[str, bool]) -> None:
    """Raise UsageError where options do not go together."""
    from claude_sessions.base.errors import UsageError

    if options["--raw"] and sys.stdout.isatty():
        raise UsageError(
            "logs --raw would let the recording drive this terminal; use claude-sessions replay, or send it to a file"
        )
    if options["--raw"]:
        for name, is_set in options.items():
            if is_set and name not in ("--raw", "--follow"):
                raise UsageError(
                    f"--raw is all of the output as bytes, and {name} is not for bytes; leave out one of them"
                )
    if not options["--grep"]:
        for name, is_set in {**comparing, **around}.items():
            if is_set:
                raise UsageError(f"{name} says how --grep looks; add --grep PATTERN")
    if options["-c"]:
        for name, is_set in {**around, "-t": options["-t"], "--follow": options["--follow"]}.items():
            if is_set:
                raise UsageError(f"-c prints how many lines there are instead of the lines; leave out {name}, or -c")
    if options["--json"] and options["--follow"]:
        for name in ("--grep", "-t", "--since", "--until", "--input"):
            if options[name]:
                raise UsageError(
                    f"--json with {name} is one object, complete when the session has ended; leave out --follow, or --json"
                )


def _no_line(recording: "Recording", since: str, until: str, where: str) -> str:
    """Return the sentence that says that there is nothing in a stretch, and how long the session is."""
    from claude_sessions.base.clock import NANOSECONDS
    from claude_sessions.base.durations import format_offset
    from claude_sessions.store.catalogue import sum_up

    asked = " ".join(f"{name} {value}" for name, value in (("--since", since), ("--until", until)) if value)
    end = format_offset(sum_up(recording).duration_ns / NANOSECONDS)
    hint = "a time of day needs its date; " if ":" in since + until and "-" not in since + until else ""
    return f"no line was {where} with {asked}; the session is {end} long, {hint}claude-sessions logs -t tells when its lines were seen"


def _report_bad_lines(facts: "Facts", *, told: bool = False) -> None:
    """Name the first few lines of a log that are no entries on stderr, unless that was done on the way; count the others."""
    from claude_sessions.cli.output import complain

    if not told:
        for sentence in facts.first_bad_lines:
            complain(sentence)
    if more := facts.bad_lines - len(facts.first_bad_lines):
        complain(f"and {more} more bad lines, skipped")


def _stretch(recording: "Recording", since: str, until: str) -> tuple[int | None, int | None]:
    """Return from when to when lines are wanted, in nanoseconds since the epoch; None: from the start, to the end."""
    import time

    from claude_sessions.base.errors import UsageError
    from claude_sessions.log.entry import Entry
    from claude_sessions.playback.schedule import find_marker
    from claude_sessions.timeline.moment import EntryClock, parse_place

    if not since and not until:
        return None, None
    clock = EntryClock()
    started = next((clock.read(entry.timestamp) for entry in recording.entries() if isinstance(entry, Entry)), 0)

    def place(text: str, *, end: bool) -> int | None:
        if not text:
            return None
        return parse_place(
            text, started, time.time_ns(), lambda label: find_marker(recording.entries(), label), end=end
        )

    begin, end = place(since, end=False), place(until, end=True)
    if begin is not None and end is not None and begin > end:
        raise UsageError("--until is before --since; give a later time, or leave one of them out")
    return begin, end
