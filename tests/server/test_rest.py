"""What is asked of recordings and transcripts is answered as commands print it, a page at a time."""

import json
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.log.events import LinkInfo
from claude_sessions.server.rest.exports import EXPORTS
from tests.kit.claude_folder import ClaudeFolder
from tests.kit.recordings import LogWriter
from tests.kit.served import Served, run_served

CLAUDES = "2f1c4f0e-0000-4000-8000-000000000000"


def printed(capfd: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    """Return what a command prints as JSON."""
    assert run([*arguments, "--json"]) == 0
    found: dict[str, object] = json.loads(capfd.readouterr().out)
    return found


def test_recordings_are_as_list_has_them(
    tmp_path: Path, recorded: LogWriter, capfd: pytest.CaptureFixture[str]
) -> None:
    """The list and one recording have all fields of `list --json` and `show --json`, with the same values."""
    listed, shown = printed(capfd, "list"), printed(capfd, "show", recorded.session_id)

    async def story(server: Served) -> None:
        answer = await server.get("/api/recordings")
        assert answer.json["recordings"] == listed["sessions"]
        assert (answer.json["version"], answer.json["total"]) == (1, 1)
        one = (await server.get(f"/api/recordings/{recorded.session_id}")).json
        assert {key: one[key] for key in shown if key != "transcripts"} == {
            key: value for key, value in shown.items() if key != "transcripts"
        }
        assert one["conversations"] == shown["transcripts"]
        assert (one["live"], one["transcripts"]) == (False, [])
        assert one["exports"] == [each.name for each in EXPORTS]
        for name in ("last", recorded.session_id[:8], "parser"):
            assert (await server.get(f"/api/recordings/{name}")).json["id"] == recorded.session_id

    run_served(tmp_path, story)


def test_long_lists_come_in_pages(tmp_path: Path, own_home: Path) -> None:
    """`limit` and `offset` choose a page, headers say how many there are and where the others are; filters choose before."""
    for number in range(5):
        LogWriter(own_home / ".claude-sessions").later(number * 60).start(
            title=f"number {number}", directory=f"/home/ann/{'shop' if number % 2 else 'shops'}"
        ).exit()

    async def story(server: Served) -> None:
        answer = await server.get("/api/recordings?limit=2&offset=2")
        assert [each["title"] for each in answer.json["recordings"]] == ["number 2", "number 1"]
        assert answer.headers["x-total-count"] == "5"
        assert answer.headers["link"] == (
            '</api/recordings?limit=2&offset=4>; rel="next", </api/recordings?limit=2&offset=0>; rel="prev"'
        )
        for query, count in (("dir=/home/ann/shop", 2), ("dir=/home/ann/", 5), ("q=NUMBER%203", 1), ("q=nothing", 0)):
            assert (await server.get(f"/api/recordings?{query}")).json["total"] == count
        assert (await server.get("/api/recordings?offset=99")).json["recordings"] == []

    run_served(tmp_path, story)


def test_the_timeline_goes_on_where_it_stopped(tmp_path: Path, recorded: LogWriter) -> None:
    """Lines come with their times, some at a time, each once, and only those of a stretch."""

    async def story(server: Served) -> None:
        target = f"/api/recordings/{recorded.session_id}/timeline"
        every = (await server.get(target)).json
        assert [line["text"] for line in every["lines"]] == [f"line {number}" for number in range(10)]
        assert every["next"] is None
        pieces, after = [], 0
        while after is not None:
            some = (await server.get(f"{target}?limit=3&after={after}")).json
            pieces += some["lines"]
            after = some["next"]
        assert pieces == every["lines"]
        stretch = (await server.get(f"{target}?from=2.5&to=4.5")).json["lines"]
        assert [line["text"] for line in stretch] == ["line 2", "line 3"]
        marks = (await server.get(f"/api/recordings/{recorded.session_id}/markers")).json
        assert marks["markers"] == [{"time": 11.0, "label": "half"}]
        assert [prompt["text"] for prompt in marks["prompts"]] == ["what is it?"]

    run_served(tmp_path, story)


def test_transcripts_are_as_the_command_prints_them(
    tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each format is what `transcript --format` prints, asked for by Claude's id or by the recording's."""
    claude_folder.session(session_id=CLAUDES)
    log = LogWriter(own_home / ".claude-sessions").start().add("link", LinkInfo(CLAUDES)).exit()
    capfd.readouterr()

    async def story(server: Served) -> None:
        for form in ("json", "markdown", "html", "sdk"):
            assert run(["transcript", CLAUDES, "--format", form]) == 0
            expected = capfd.readouterr().out
            for name in (CLAUDES, log.session_id):
                answer = await server.get(f"/api/transcripts/{name}?format={form}")
                assert answer.body.decode() == expected
                assert "sandbox" in answer.headers["content-security-policy"]
        found = (await server.get(f"/api/transcripts/{CLAUDES}/prompts?limit=2")).json["prompts"]
        assert [each["text"] for each in found] == ["what is 0?", "what is 1?"]
        assert (await server.get("/api/transcripts/00000000-0000-4000-8000-000000000000")).status == 404
        assert (await server.get(f"/api/transcripts/{CLAUDES}?branch=7")).status in {400, 404}

    run_served(tmp_path, story)


def test_search_and_usage_are_as_the_commands_print_them(
    tmp_path: Path, recorded: LogWriter, claude_folder: ClaudeFolder, capfd: pytest.CaptureFixture[str]
) -> None:
    """Hits and reports have the values of `search --json` and `usage --json`."""
    claude_folder.session(session_id=CLAUDES)
    hits, used = printed(capfd, "search", "line"), printed(capfd, "usage", "daily")

    async def story(server: Served) -> None:
        assert (await server.get("/api/search?q=line")).json == hits
        assert hits["hits"], recorded.session_id
        assert (await server.get("/api/search?q=li.e&regex=1")).json["hits"]
        assert (await server.get("/api/search?q=nothing-such")).json["hits"] == []
        assert (await server.get("/api/search?q=what+is&input=true&dir=/home/ann/")).json["hits"]
        assert (await server.get("/api/usage?by=daily")).json == used
        for by in ("weekly", "monthly", "session", "blocks", "project", "model"):
            assert (await server.get(f"/api/usage?by={by}&limit=3&breakdown=1")).json["report"] == by

    run_served(tmp_path, story)


@pytest.mark.parametrize(
    ("target", "status", "said"),
    [
        ("/api/search", 400, "q is missing"),
        ("/api/search?q=", 400, ""),
        ("/api/search?q=(&regex=1", 400, ""),
        ("/api/search?q=x&since=never", 400, "'never' is no date"),
        ("/api/search?q=x&q=y", 400, "'q' is given twice"),
        ("/api/search?q=%ff", 400, "percent-encoded UTF-8"),
        ("/api/search?q=x%00", 400, "q is to be text"),
        ("/api/usage?by=hour", 400, "by is to be one of daily"),
        ("/api/usage?timezone=Nowhere/Land", 400, ""),
        ("/api/usage?project=nowhere", 404, ""),
        ("/api/recordings?limit=0", 400, "limit is to be a whole number, at least 1, at most 1000"),
        ("/api/recordings?limit=1e3", 400, "a whole number"),
        ("/api/recordings?limit=-1", 400, "a whole number"),
        ("/api/recordings?limit=٣", 400, ""),
        ("/api/recordings?colour=red", 400, "there is no parameter 'colour'; there are limit, offset, dir, q"),
        ("/api/recordings?id=x", 400, "there is no parameter 'id'"),
        ("/api/recordings/2f1c4f0e", 404, "nothing has been recorded"),
        ("/api/recordings/last/export/mp3", 404, ""),
        ("/nowhere", 404, "there is nothing at /nowhere"),
    ],
)
def test_what_cannot_be_meant_is_explained(tmp_path: Path, target: str, status: int, said: str) -> None:
    """A wrong question has a status of its own and a sentence that says what is wrong."""

    async def story(server: Served) -> None:
        answer = await server.get(target)
        assert answer.status in ({status} if target.isascii() else {status, 0})
        if target.isascii():
            assert said in answer.json["error"]["message"]

    run_served(tmp_path, story)
