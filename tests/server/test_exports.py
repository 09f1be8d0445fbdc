"""Exports are made once, can be had in parts, and are what `export` writes."""

from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.server.rest import exports
from claude_sessions.server.rest.exports import EXPORTS
from tests.kit.recordings import LogWriter
from tests.kit.served import Served, run_served


@pytest.mark.parametrize("name", [each.name for each in EXPORTS if each.name != "tar.gz"])
def test_each_format_is_what_the_command_writes(tmp_path: Path, recorded: LogWriter, name: str) -> None:
    """The bytes are those of `export --format`, with and without what was typed."""
    for number, options in enumerate(([], ["--no-input"])):
        assert run(["export", recorded.session_id, str(tmp_path / f"file{number}"), "--format", name, *options]) == 0

    async def story(server: Served) -> None:
        target = f"/api/recordings/{recorded.session_id}/export/{name}"
        answer = await server.get(target)
        assert answer.body == (tmp_path / "file0").read_bytes()
        assert answer.headers["content-disposition"].startswith(
            f'attachment; filename="session-{recorded.session_id[:8]}.'
        )
        assert (await server.get(f"{target}?input=0")).body == (tmp_path / "file1").read_bytes()

    run_served(tmp_path, story)


def test_a_bundle_and_a_redacted_export_are_made(tmp_path: Path, own_home: Path) -> None:
    """A bundle is gzip; with `redact` no secret that was on the screen is in the file."""
    log = LogWriter(own_home / ".claude-sessions").start()
    log.add("output", b"export API_KEY=sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789\r\n").exit()

    async def story(server: Served) -> None:
        target = f"/api/recordings/{log.session_id}/export"
        assert (await server.get(f"{target}/tar.gz")).body.startswith(b"\x1f\x8b")
        assert b"abcdefghijkl" in (await server.get(f"{target}/txt")).body
        assert b"abcdefghijkl" not in (await server.get(f"{target}/txt?redact=true")).body

    run_served(tmp_path, story)


def test_parts_of_a_file(tmp_path: Path, recorded: LogWriter) -> None:
    """A range, the rest from somewhere, the last bytes; ranges of another version or behind the end are none."""

    async def story(server: Served) -> None:
        target = f"/api/recordings/{recorded.session_id}/export/txt"
        whole = await server.get(target)
        size, tag = len(whole.body), whole.headers["etag"]
        for asked, first, end in (
            ("bytes=2-5", 2, 6),
            ("bytes=5-", 5, size),
            ("bytes=-4", size - 4, size),
            ("bytes=-999999", 0, size),
            (f"bytes=0-{size * 9}", 0, size),
        ):
            part = await server.get(target, {"Range": asked})
            assert (part.status, part.body) == (206, whole.body[first:end])
            assert part.headers["content-range"] == f"bytes {first}-{end - 1}/{size}"
        for asked in ("bytes=0-1,3-4", "lines=1-2", "bytes=5-2", "bytes=x"):
            assert (await server.get(target, {"Range": asked})).status == 200
        late = await server.get(target, {"Range": f"bytes={size}-"})
        assert (late.status, late.headers["content-range"]) == (416, f"bytes */{size}")
        assert (await server.get(target, {"Range": "bytes=2-5", "If-Range": tag})).status == 206
        assert (await server.get(target, {"Range": "bytes=2-5", "If-Range": '"other"'})).status == 200
        assert (await server.get(target, {"If-None-Match": f'"x", {tag}'})).status == 304
        head = await server.get(target, method="HEAD")
        assert (head.status, head.headers["content-length"], head.body) == (200, str(size), b"")

    run_served(tmp_path, story)


def test_an_export_is_made_once(tmp_path: Path, recorded: LogWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody writes any more is kept; other options, and a recording that grows, are made anew."""
    made: list[str] = []
    write = exports._write

    def counting(*arguments: object, **options: object) -> None:
        made.append("")
        write(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(exports, "_write", counting)

    async def story(server: Served) -> None:
        target = f"/api/recordings/{recorded.session_id}/export/txt"
        first = await server.get(target)
        assert (await server.get(target)).body == first.body
        assert len(made) == 1
        other = await server.get(f"{target}?to=3")
        assert other.body != first.body
        assert other.headers["etag"] != first.headers["etag"]
        assert len(made) == 2
        recorded.add("output", b"more\r\n")
        grown = await server.get(target)
        assert grown.headers["etag"] != first.headers["etag"]
        assert len(made) == 3

    run_served(tmp_path, story)


def test_an_export_that_fails_leaves_nothing(tmp_path: Path, own_home: Path, recorded: LogWriter) -> None:
    """A stretch that ends before it begins is refused with a sentence, and no file stays behind."""

    async def story(server: Served) -> None:
        answer = await server.get(f"/api/recordings/{recorded.session_id}/export/txt?from=5&to=2")
        assert (answer.status, answer.code) == (404, "no_such_stretch")
        assert list((own_home / ".claude-sessions" / "cache").glob("*.export*")) == []

    run_served(tmp_path, story)
