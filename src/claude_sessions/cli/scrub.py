"""`scrub`: a recording is made anew without what should never have been on the screen, and the old one is deleted."""

from typing import TYPE_CHECKING, Annotated

import typer

from claude_sessions.cli.arguments import SessionId

if TYPE_CHECKING:
    from claude_sessions.formats.redacted import RedactedExcerpt
    from claude_sessions.redact.rules import RuleSet

_SHOWN = 20


def scrub(
    session: SessionId,
    secrets: Annotated[
        bool, typer.Option("--secrets", help="Remove keys, tokens and passwords: also what happens without an option.")
    ] = False,
    pattern: Annotated[
        list[str] | None,
        typer.Option("--pattern", metavar="P", help="Remove what this expression matches; may be given several times."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove secrets from a recording.

    For the key that was pasted by accident: the session is drawn anew from its screen without them, as a recording with another id that says so; then the old one
    is deleted, with all that was made of it. A session that is being recorded has to end first.
    """
    from claude_sessions.base.errors import NotFoundError, UsageError
    from claude_sessions.cli.orderly_end import orderly_end
    from claude_sessions.cli.output import open_recording
    from claude_sessions.cli.progress import progress
    from claude_sessions.formats.redacted import RedactedExcerpt
    from claude_sessions.formats.scrubbed import write_scrubbed
    from claude_sessions.store.catalogue import sum_up
    from claude_sessions.upkeep.remove import files_of
    from claude_sessions.upkeep.replacement import Replacement

    rules = _rules(pattern or [], secrets=secrets)
    with open_recording(session) as recording:
        summary = sum_up(recording)
        if summary.running:
            raise UsageError(f"session {recording.session_id} is still being recorded; let it end first")
        excerpt = RedactedExcerpt(recording, rules)
        with progress("Looking for secrets", summary.size) as advance:
            excerpt.on_progress = advance
            excerpt.prepare()
        if not excerpt.findings:
            raise NotFoundError(f"nothing was found in session {recording.session_id}; it stays as it is")
        _print_findings(excerpt, summary.started_ns)
        files = [str(recording.home.path / folder / name) for folder, name in files_of(recording)]
        if dry_run:
            _print_files("it would be made anew without, and this deleted:", files)
            _warn_of_transcripts(recording.session_id)
            return
        _ask(files, sure=yes)
        with orderly_end(), Replacement(recording) as replacement:
            with progress("Drawing anew", summary.size) as advance:
                excerpt.on_progress = advance
                session_id = write_scrubbed(recording.home, excerpt, replacement.announce)
            replacement.commit()
        print(f"session {session_id} takes the place of {recording.session_id}, which is deleted")
        _warn_of_transcripts(session_id)


def _rules(patterns: list[str], *, secrets: bool) -> "RuleSet":
    from claude_sessions.redact.rules import RuleSet, rules_for, usual_rules

    own = rules_for(patterns)
    return RuleSet((*usual_rules().rules, *own.rules)) if secrets or not patterns else own


def _print_findings(excerpt: "RedactedExcerpt", started_ns: int) -> None:
    """Say what was found, and never what it says."""
    from claude_sessions.base.clock import NANOSECONDS
    from claude_sessions.base.durations import format_offset
    from claude_sessions.formats.secrets_seen import in_places
    from claude_sessions.screen.printable import printable

    print(f"found: {excerpt.found}")
    for finding in excerpt.findings[:_SHOWN]:
        offset = format_offset(max(0, finding.time_ns - started_ns) / NANOSECONDS)
        print(
            f"  {printable(finding.rule)}, {finding.length} characters, in {in_places(finding.places)}, first at {offset}"
        )
    if len(excerpt.findings) > _SHOWN:
        print(f"  and {len(excerpt.findings) - _SHOWN} more")


def _print_files(sentence: str, files: list[str]) -> None:
    from claude_sessions.screen.printable import printable

    print(sentence)
    for file in files:
        print(f"  {printable(file)}")


def _ask(files: list[str], *, sure: bool) -> None:
    """Name what goes, and ask; typer.Abort where the answer is no, UsageError where nobody can answer."""
    import sys

    from claude_sessions.base.errors import UsageError

    if sure:
        return
    if not (sys.stdin and sys.stdin.isatty()):
        raise UsageError("scrub asks before it deletes, and nobody is there to answer; --yes is the answer")
    _print_files("the session is made anew without, and this is deleted:", files)
    typer.confirm("Go on?", abort=True)


def _warn_of_transcripts(session_id: str) -> None:
    """Name the files of Claude's that hold what was said, and say what can be done."""
    from claude_sessions.base.errors import ClaudeSessionsError
    from claude_sessions.cli.output import complain
    from claude_sessions.sessions import SessionManager

    try:
        files = SessionManager().transcripts(session_id)
    except ClaudeSessionsError:
        return
    for file in files:
        complain(
            f"Claude's own transcript is not touched and still holds what was typed and answered: {file.path}; "
            "take the secret out with an editor, or delete the file"
        )
