"""What a session is called."""

from pathlib import Path
from typing import Any

import pytest

from claude_sessions.transcript.files import describe
from claude_sessions.transcript.overview import Overview, overview_of, summaries_in
from claude_sessions.transcript.titles import LONGEST, one_line
from tests.kit.spoken import chained, says, user, write

PROMPT = chained([user("<command-name>/init</command-name>"), user("fix the\nparser"), says("done")])


def named(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, **fields}


CUSTOM = named("custom-title", customTitle="Mine")
MODEL = named("ai-title", aiTitle="A model's")
AGENT = named("agent-name", agentName="Agent Smith")
SUMMARY = named("summary", summary="Sum", leafUuid="u2")


def overview(config: Path, lines: list[dict[str, Any]], session_id: str = "one") -> Overview:
    return overview_of(describe(write(config, lines, session_id)))


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ([CUSTOM, AGENT, MODEL, SUMMARY], "Mine"),
        ([MODEL, AGENT, SUMMARY], "Agent Smith"),
        ([AGENT, MODEL, SUMMARY], "A model's"),
        ([MODEL, named("ai-title", aiTitle="The last one"), SUMMARY], "The last one"),
        ([CUSTOM, named("custom-title", customTitle=""), MODEL], "A model's"),
        ([MODEL, named("ai-title", aiTitle=7), named("ai-title")], "A model's"),
        ([SUMMARY], "Sum"),
        ([named("summary", summary="of another session", leafUuid="elsewhere")], "fix the parser"),
        ([named("summary", summary=[], leafUuid="u2"), named("custom-title", customTitle={})], "fix the parser"),
        ([], "fix the parser"),
    ],
)
def test_the_title_that_counts(tmp_path: Path, lines: list[dict[str, Any]], title: str) -> None:
    """A person's own title, then a given name (the last one), then a summary, then the first thing that was said."""
    assert overview(tmp_path, [*PROMPT, *lines]).title() == title


def test_a_summary_may_stand_in_another_file(tmp_path: Path) -> None:
    """Old versions write the summary of a session into the next one's file; it names the line it ends at."""
    old = overview(tmp_path, PROMPT, "old")
    new = overview(tmp_path, [SUMMARY, *chained([user("next")], prefix="n")], "new")
    elsewhere = summaries_in([old, new])
    assert (old.title(elsewhere), new.title(elsewhere)) == ("Sum", "next")


def test_commands_and_what_nobody_said_give_no_title(tmp_path: Path) -> None:
    """Where there is nothing to call a session by, there is no title."""
    lines = [user("<command-name>/init</command-name>"), user("note", isMeta=True), user("task", isSidechain=True)]
    assert overview(tmp_path, chained(lines)).title() == ""


def test_a_title_is_one_line_and_not_endless() -> None:
    """Line breaks become blanks, and a prompt of megabytes its beginning."""
    assert one_line(" a\n\n b\tc ") == "a b c"
    assert len(one_line("long " * 10_000)) == LONGEST
    assert one_line("long " * 10_000).endswith("…")
