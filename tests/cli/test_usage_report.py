"""`usage` and `prices`."""

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from claude_sessions.cli.app import run
from tests.kit.responses import response, usage, write

MANUAL = (Path(__file__).parent.parent.parent / "man" / "claude-sessions.1").read_text()
NOON = 1_770_465_600
"""2026-02-07T12:00Z, in seconds since the epoch."""

Json = Callable[..., dict[str, Any]]


@pytest.fixture
def folder(own_home: Path) -> Path:
    """Return the configuration folder."""
    return own_home / ".claude"


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> Json:
    """A function that runs a command with `--json` and returns what it printed."""

    def get(*arguments: str) -> dict[str, Any]:
        capsys.readouterr()
        assert run([*arguments, "--json"]) == 0
        printed: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert printed["version"] == 1
        return printed

    return get


@pytest.fixture
def at_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be an hour after noon."""
    monkeypatch.setattr("claude_sessions.cli.usage_report.time.time_ns", lambda: (NOON + 3600) * 10**9)


def test_daily_is_the_default(folder: Path, out: Json) -> None:
    """Each day has its tokens, its cost and its models; below stands the sum."""
    write(
        folder, "a.jsonl", response(used=usage(10, 100, 20, 30, hour=5)), response("m2", "r2", model="claude-haiku-4-5")
    )
    found = out("usage", "--timezone", "UTC")
    assert found["report"] == "daily"
    (row,) = found["rows"]
    models = row.pop("models")
    cost = (10 * 5 + 100 * 25 + 15 * 6.25 + 5 * 10 + 30 * 0.5 + 10 + 100 * 5) / 10**6
    assert row == {
        "date": "2026-02-07",
        "responses": 2,
        "input_tokens": 20,
        "output_tokens": 200,
        "cache_write_tokens": 20,
        "cache_write_1h_tokens": 5,
        "cache_read_tokens": 30,
        "total_tokens": 270,
        "web_searches": 0,
        "lower_bound": False,
        "lower_bounds": 0,
        "cost": round(cost, 6),
        "known_cost": round(cost, 6),
    }
    assert [model["model"] for model in models] == ["claude-opus-4-5-20251101", "claude-haiku-4-5"]
    assert found["totals"] == {key: value for key, value in row.items() if key != "date"}


def test_a_table_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers stand to the right, with separators; a line for each model where that is asked for."""
    write(folder, "a.jsonl", response(used=usage(1_234_567)), response("m2", "r2", model="claude-haiku-4-5"))
    assert run(["usage", "--timezone", "UTC"]) == 0
    head, line, last = capsys.readouterr().out.splitlines()
    assert head.split("  ")[0] == "DATE"
    assert head.split()[-2:] == ["TOTAL", "COST"]
    assert re.fullmatch(r"2026-02-07  opus-4-5, haiku-4-5 +1,234,577 +200 +0 +0 +1,234,777 +\$6\.18", line), line
    assert re.fullmatch(r"total +1,234,577 +200 +0 +0 +1,234,777 +\$6\.18", last), last
    assert len({len(each) for each in (head, line, last)}) == 1
    assert run(["usage", "--timezone", "UTC", "--breakdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [each.split()[0] for each in lines] == ["DATE", "2026-02-07", "opus-4-5", "haiku-4-5", "total"]


@pytest.mark.parametrize("width", [30, 45, 60, 80, 100, 160])
def test_a_narrow_terminal_has_fewer_columns(
    folder: Path, width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What matters least goes first; the cost stays."""
    write(folder, "a.jsonl", response(used=usage(1_234_567)))
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(["usage", "session"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= width for line in lines)
    assert lines[0].endswith("COST")
    assert lines[1].endswith("$6.18")


def test_a_cost_nobody_knows_is_never_zero(folder: Path, out: Json, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown model is null, named on stderr in either form, and shown as ? or as a lower bound."""
    write(folder, "a.jsonl", response(used=usage(10**6)))
    write(folder, "b.jsonl", response("m2", "r2", model="claude-opus-9", time="2026-02-08T12:00:00.000Z"))
    found = out("usage", "--timezone", "UTC")
    assert [row["cost"] for row in found["rows"]] == [5.0025, None]
    assert [row["known_cost"] for row in found["rows"]] == [5.0025, 0]
    assert (found["totals"]["cost"], found["totals"]["known_cost"]) == (None, 5.0025)
    assert found["unknown_models"] == ["claude-opus-9"]
    assert run(["usage", "--timezone", "UTC"]) == 0
    captured = capsys.readouterr()
    assert [line.split()[-1] for line in captured.out.splitlines()] == ["COST", "$5.00", "?", "≥$5.00"]
    assert "no price is known for claude-opus-9" in captured.err
    assert run(["usage", "--json"]) == 0
    assert "no price is known for claude-opus-9" in capsys.readouterr().err


def test_sessions_have_their_titles_and_days(folder: Path, out: Json, capsys: pytest.CaptureFixture[str]) -> None:
    """The newest is at the top; a number leaves only that many, and the sum is of these."""
    write(folder, "aaaaaaaa-1.jsonl", response(), {"type": "custom-title", "customTitle": "Mend the till"})
    write(folder, "bbbbbbbb-1.jsonl", response("m2", "r2", time="2026-02-08T12:00:00.000Z"))
    found = out("usage", "session")["rows"]
    assert [(row["id"], row["title"], row["directory"]) for row in found] == [
        ("bbbbbbbb-1", None, "/home/ann/shop"),
        ("aaaaaaaa-1", "Mend the till", "/home/ann/shop"),
    ]
    assert found[1]["started"] == found[1]["ended"] == "2026-02-07T12:00:00.000000Z"
    found = out("usage", "session", "-n", "1", "--order", "asc")
    assert [row["id"] for row in found["rows"]] == ["bbbbbbbb-1"]
    assert found["totals"]["responses"] == 1
    assert run(["usage", "session", "--timezone", "Asia/Tokyo"]) == 0
    head, *_, old, _ = capsys.readouterr().out.splitlines()
    assert head.split()[:5] == ["SESSION", "LAST", "TITLE", "PROJECT", "MODELS"]
    assert re.match(r"aaaaaaaa  2026-02-07  Mend the till  /home/ann/shop  opus-4-5  ", old)


def test_sessions_have_claudes_own_cost_beside_ours(
    folder: Path, out: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a session's own transcript, for the whole of it, and added up only where every session has one."""
    account = {"type": "cost-state", "sessionId": "a", "totalCostUSD": 1.25, "hasUnknownModelCost": False}
    write(folder, "aaaaaaaa-1.jsonl", response(), response("m3", "r3", time="2026-02-07T13:00:00.000Z"), account)
    write(folder, "bbbbbbbb-1.jsonl", response("m2", "r2", time="2026-02-08T12:00:00.000Z"))
    found = out("usage", "session")
    assert [row["claude_cost"] for row in found["rows"]] == [None, 1.25]
    assert found["totals"]["claude_cost"] is None
    assert "claude_cost" not in out("usage")["totals"]
    assert out("usage", "session", "--until", "2026-02-07")["totals"]["claude_cost"] == 1.25
    assert out("usage", "session", "--since", "2026-02-07T12:30:00Z")["rows"][1]["claude_cost"] is None
    assert run(["usage", "session"]) == 0
    _, _, first, last = capsys.readouterr().out.splitlines()
    assert re.search(r" \$1\.25 +\$0\.01$", first)
    assert "$1.25" not in last
    for arguments in (["session", "--since", "2026-02-08"], ["daily"]):
        assert run(["usage", *arguments]) == 0
        assert "CLAUDE'S COST" not in capsys.readouterr().out


def test_lower_bounds_are_marked(folder: Path, out: Json, capsys: pytest.CaptureFixture[str]) -> None:
    """Every number that is too low bears the sign, and stderr says why; programs read a field."""
    write(folder, "a.jsonl", response(stop=None, version="2.1.42", used=usage(output=10**6)))
    write(folder, "b.jsonl", response("m2", "r2", time="2026-02-08T12:00:00.000Z", used=usage(output=10**6)))
    assert run(["usage", "--timezone", "UTC"]) == 0
    captured = capsys.readouterr()
    lines = [line.split()[-6:] for line in captured.out.splitlines()]
    assert lines[1] == ["10", "≥1,000,000", "0", "0", "≥1,000,010", "≥$25.00"]
    assert lines[2] == ["10", "1,000,000", "0", "0", "1,000,010", "$25.00"]
    assert lines[3] == ["20", "≥2,000,000", "0", "0", "≥2,000,020", "≥$50.00"]
    assert "numbers with ≥ are lower bounds: of 1 of 2 responses" in captured.err
    assert run(["usage", "blocks"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[-3:] == ["≥1,000,010", "≥1,000,010", "≥$25.00"]
    found = out("usage")
    assert [row["lower_bound"] for row in [*found["rows"], found["totals"]]] == [True, False, True]
    assert found["totals"]["lower_bounds"] == 1


def test_what_is_wrong_with_a_transcript_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A count that is none, on stderr."""
    write(folder, "a.jsonl", response(used=usage(-5)))
    assert run(["usage"]) == 0
    assert "are taken as 0, 1 in all" in capsys.readouterr().err


def test_a_lower_bound_can_be_spelled_everywhere(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the standard output has no such sign it is made of two."""
    write(folder, "a.jsonl", response(stop=None, version="2.1.42", used=usage(output=10**6)))
    printed = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(printed, encoding="ascii", write_through=True))
    assert run(["usage"]) == 0
    assert printed.getvalue().endswith(b" >=1,000,010  >=$25.00\n")
    assert "numbers with >= are" in capsys.readouterr().err


def test_a_line_adds_up_at_every_width(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no room for all the parts of the total, they are taken together, or all are left out."""
    write(folder, "a.jsonl", response(used=usage(10**6, 10**7, 10**8, 10**9)))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    shapes = set()
    for width in range(35, 130):
        monkeypatch.setenv("COLUMNS", str(width))
        assert run(["usage", "monthly"]) == 0
        head, line, _ = capsys.readouterr().out.splitlines()
        numbers = [int(each.replace(",", "")) for each in line.split() if re.fullmatch("[0-9,]+", each)]
        assert numbers[-1] == 1_111_000_000
        assert sum(numbers[:-1]) in {0, numbers[-1]}
        shapes.add(len(numbers))
        assert len(head) <= width
    assert shapes == {1, 4, 5}


@pytest.mark.usefixtures("at_one")
def test_a_narrow_terminal_tells_gaps(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a line is stays on it at 40 columns."""
    write(folder, "a.jsonl", response(), response("m2", "r2", time="2026-02-08T12:00:00.000Z"))
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(["usage", "blocks", "--timezone", "UTC"]) == 0
    assert "2026-02-07 17:00  gap 19h 00m" in capsys.readouterr().out.splitlines()


def test_models_are_told_apart(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their short names stand in every report; two that would be the same keep their dates."""
    names = ["claude-sonnet-4-5-20250929", "claude-sonnet-4-20250514", "claude-sonnet-4-20250701"]
    write(folder, "a.jsonl", *(response(f"m{at}", f"r{at}", model=name) for at, name in enumerate(names)))
    assert run(["usage", "model"]) == 0
    lines = capsys.readouterr().out.splitlines()[1:-1]
    assert sorted(line.split()[0] for line in lines) == [*sorted(names[1:]), "sonnet-4-5"]
    assert run(["usage", "blocks", "--breakdown"]) == 0
    assert len([line for line in capsys.readouterr().out.splitlines() if line.startswith("  sonnet-4")]) == 3


def test_a_span_of_time_and_a_project(folder: Path, out: Json) -> None:
    """Days are those of the zone; a date as the end is taken in."""
    for day in range(1, 6):
        write(folder, f"{day}.jsonl", response(f"m{day}", f"r{day}", time=f"2026-02-0{day}T23:30:00.000Z"))
    write(folder, "x.jsonl", response("m9", "r9", cwd="/home/ann/api"), directory="/home/ann/api")

    def dates(*arguments: str) -> list[str]:
        return [row["date"] for row in out("usage", *arguments)["rows"]]

    assert dates("--timezone", "UTC", "--since", "2026-02-02", "--until", "2026-02-03") == ["2026-02-02", "2026-02-03"]
    assert dates("--timezone", "Europe/Berlin", "--until", "20260203") == ["2026-02-02", "2026-02-03"]
    assert dates("--timezone", "UTC", "--project", "api") == ["2026-02-07"]
    assert dates("--timezone", "UTC", "--order", "desc", "--since", "2026-02-05") == ["2026-02-07", "2026-02-05"]
    assert dates("--timezone", "UTC", "-n", "2") == ["2026-02-05", "2026-02-07"]
    assert dates("--timezone", "UTC", "--project", "/home/ann/api") == ["2026-02-07"]
    assert [row["directory"] for row in out("usage", "project", "--project", "api")["rows"]] == ["/home/ann/api"]
    assert run(["usage", "--project", "nowhere"]) == 1


def test_one_session(folder: Path, out: Json) -> None:
    """By as much of its id as tells it from others, with its subagents."""
    write(folder, "aaaaaaaa-1.jsonl", response())
    write(folder, "aaaaaaaa-1/subagents/agent-1.jsonl", response("m2", "r2", side=True))
    write(folder, "bbbbbbbb-1.jsonl", response("m3", "r3"))
    assert out("usage", "--session", "aaaa")["totals"]["responses"] == 2
    assert run(["usage", "--session", "cccc"]) == 1


@pytest.mark.usefixtures("at_one")
def test_the_window_that_runs(folder: Path, out: Json, capsys: pytest.CaptureFixture[str]) -> None:
    """It says how fast it is used up and where that leads, and how that compares with a limit."""
    old = response("m0", "r0", time="2026-02-01T12:00:00.000Z", used=usage(3000, 0))
    write(folder, "a.jsonl", response(), response("m2", "r2", time="2026-02-07T12:00:03.000Z"))
    assert run(["usage", "blocks", "--active", "--token-limit", "max"]) == 0
    captured = capsys.readouterr()
    assert "ends in 4h 00m. How fast it is used up can be told when" in captured.out
    assert "no window is over yet" in captured.err
    (row,) = out("usage", "blocks")["rows"]
    assert row["burn"] is row["projection"] is None
    write(folder, "a.jsonl", response(), response("m2", "r2", time="2026-02-07T12:02:00.000Z"))
    assert run(["usage", "blocks"]) == 0
    assert "Where that leads can be told when" in capsys.readouterr().out
    now = [
        response("m1", "r1", used=usage(0, 600)),
        response("m2", "r2", used=usage(0, 600), time="2026-02-07T12:30:00.000Z"),
    ]
    write(folder, "a.jsonl", old, *now)
    found = out("usage", "blocks", "--active", "--token-limit", "max")
    (row,) = found["rows"]
    assert (row["start"], row["end"]) == ("2026-02-07T12:00:00.000000Z", "2026-02-07T17:00:00.000000Z")
    assert row["burn"] == {"tokens_per_minute": 40, "uncached_tokens_per_minute": 40, "cost_per_hour": 0.06}
    assert found["token_limit"] == 3000
    assert row["projection"] == {
        "remaining_minutes": 240,
        "total_tokens": 10_800,
        "cost": 0.27,
        "of_limit": 3.6,
        "status": "exceeds",
    }
    assert [each["gap"] for each in out("usage", "blocks")["rows"]] == [False, True, False]
    assert len(out("usage", "blocks", "--recent")["rows"]) == 1
    assert [each["gap"] for each in out("usage", "blocks", "-n", "1")["rows"]] == [False]
    assert len(out("usage", "blocks", "-n", "2")["rows"]) == 3
    assert out("usage", "blocks", "--since", "2026-02-02", "--until", "2026-02-05")["rows"] == []
    assert out("usage", "blocks", "--token-limit", "1.5k")["token_limit"] == 1500
    assert len(out("usage", "blocks", "--until", "2026-02-02")["rows"]) == 2
    assert out("usage", "blocks", "--order", "desc")["rows"][0] == out("usage", "blocks")["rows"][2]
    assert run(["usage", "blocks", "--token-limit", "12,000", "--timezone", "UTC"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"2026-02-07 12:00  active +opus-4-5 +1,200 +1,200 +10\.0% +\$0\.03", printed)
    assert re.search(r"2026-02-01 17:00  gap 5d 19h", printed)
    assert "ends in 4h 00m. It uses 40 tokens a minute, $0.06 an hour." in printed
    assert "At this rate it comes to 10,800 tokens and $0.27." in printed
    assert "That is 90% of the limit of 12,000 tokens: close to it." in printed


def test_what_is_only_in_the_archive_counts(folder: Path, out: Json) -> None:
    """Claude Code deletes its transcripts; their copies stand in, and count once where both are there."""
    account = {"type": "cost-state", "sessionId": "a", "totalCostUSD": 1.25}
    gone = write(folder, "aaaaaaaa-1.jsonl", response(), account)
    write(folder, "bbbbbbbb-1.jsonl", response("m2", "r2"))
    assert run(["archive"]) == 0
    before = out("usage", "session")["rows"]
    assert len(before) == 2
    gone.unlink()
    assert out("usage", "session")["rows"] == before


def test_nothing_to_show(folder: Path, out: Json, capsys: pytest.CaptureFixture[str]) -> None:
    """There is an empty list, or a sentence on stderr that says why."""

    def said(*arguments: str) -> str:
        capsys.readouterr()
        assert run(["usage", *arguments]) == 0
        captured = capsys.readouterr()
        assert captured.out == ""
        return captured.err

    assert out("usage")["rows"] == out("usage", "blocks")["rows"] == []
    assert "there are no transcripts" in said()
    assert "there are no transcripts" in said("blocks")
    write(folder, "a.jsonl", response())
    write(folder, "b.jsonl", {"type": "user", "cwd": "/home/ann/api"} | {"usage": 0}, directory="/home/ann/api")
    assert "nothing was used in that time" in said("--since", "2027-01-01")
    assert "nothing was used in /home/ann/api" in said("--project", "/home/ann/api")
    assert "no window runs" in said("blocks", "--active")
    assert "nothing was used in the last three days" in said("blocks", "--recent")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["yearly"], "'yearly' is not one of"),
        (["--timezone", "Nowhere"], "is no time zone"),
        (["--since", "soon"], "is no date, time or age"),
        (["--active"], "claude-sessions usage blocks"),
        (["blocks", "--token-limit", "lots"], "max for the most so far"),
        (["blocks", "--token-limit", "-5"], "max for the most so far"),
        (["model", "--breakdown"], "leave out --breakdown"),
        (["-n", "0"], "-n"),
        (["--prices", "/nonexistent.json"], "cannot be read"),
        (["--mode", "guess"], "'guess' is not one of"),
    ],
)
def test_wrong_usage(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, exit code 2."""
    assert run(["usage", *arguments]) == 2
    assert said in capsys.readouterr().err.splitlines()[0]


@pytest.mark.parametrize(("mode", "cost"), [("auto", 0.5025), ("calculate", 0.00505), ("display", None)])
def test_modes(folder: Path, out: Json, mode: str, cost: float | None) -> None:
    """Costs that Claude Code wrote down count by default; on demand they do not, or nothing else does."""
    write(folder, "a.jsonl", response(costUSD=0.5), response("m2", "r2", used=usage(0, 100)))
    found = out("usage", "--mode", mode)["totals"]
    assert found["cost"] == cost
    assert mode != "display" or found["known_cost"] == 0.5


def test_own_prices(folder: Path, out: Json, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By option or setting; what `prices --json` prints is such a file."""
    write(folder, "a.jsonl", response(used=usage(10**6, 0), model="claude-opus-9"))
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"models": {"claude-opus-9": {"input": 2, "output": 3}}}))
    assert out("usage", "--prices", str(path))["totals"]["cost"] == 2
    monkeypatch.setenv("CLAUDE_SESSIONS_PRICES", str(path))
    assert out("usage")["totals"]["cost"] == 2
    path.write_text(json.dumps(out("prices")))
    assert out("usage")["totals"]["cost"] == 2


def test_prices_are_listed(out: Json, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With their date; when they are old it is said, in the report too."""
    found = out("prices")
    assert found["models"]["claude-opus-4-5"]["cache_write_5m"] == 6.25
    assert run(["prices"]) == 0
    captured = capsys.readouterr()
    assert re.search(r"^claude-opus-4-5 +5 +25 +6\.25 +10 +0\.5$", captured.out, re.MULTILINE)
    assert f"as of {found['prices_date']}" in captured.out
    assert "No room" not in captured.out
    with monkeypatch.context() as narrow:
        narrow.setenv("COLUMNS", "40")
        narrow.setattr("sys.stdout.isatty", lambda: True)
        assert run(["prices"]) == 0
        assert "No room for WRITE 5M, WRITE 1H, FAST, LONG PROMPTS; --json has all." in capsys.readouterr().out
        narrow.setenv("COLUMNS", "80")
        assert run(["prices"]) == 0
        assert re.search(r"^claude-sonnet-4-5 .* 6/22\.5 >200k$", capsys.readouterr().out, re.MULTILINE)
    monkeypatch.setattr("claude_sessions.cli.prices.time.time_ns", lambda: 2_000_000_000 * 10**9)
    assert run(["prices"]) == 0
    assert "the prices are" in capsys.readouterr().err


def test_nothing_of_a_transcript_acts_on_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Models, directories and sessions are shown as text."""
    escapes = "\x1b]0;owned\x07\x1b[2J\u202e"
    write(folder, f"{escapes}.jsonl", response(model=escapes, cwd="/" + escapes))
    for report in ("daily", "session", "project", "model", "blocks"):
        for more in ([], ["--json"], ["--breakdown"]):
            assert run(["usage", report, *more]) == (2 if [report, *more] == ["model", "--breakdown"] else 0)
            captured = capsys.readouterr()
            assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]", captured.out + captured.err)


def test_colour_is_for_terminals(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR is honoured there, and a pipe gets none."""
    write(folder, "a.jsonl", response())
    assert run(["usage"]) == 0
    assert "\x1b" not in capsys.readouterr().out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert run(["usage"]) == 0
    assert "\x1b[1m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert run(["usage"]) == 0
    assert "\x1b" not in capsys.readouterr().out


def keys_of(value: object) -> Iterator[str]:
    """Yield every key of a JSON value, except the names of models."""
    if isinstance(value, list):
        for item in value:
            yield from keys_of(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from () if key.startswith("claude-") else (key,)
            yield from keys_of(inner)


@pytest.mark.usefixtures("at_one")
def test_every_field_of_the_json_forms_is_in_the_manual(folder: Path, out: Json) -> None:
    """What the reports print for programs is described in claude-sessions(1)."""
    write(folder, "a.jsonl", response(), response("m2", "r2", time="2026-02-07T12:30:00.000Z"))
    section = MANUAL.partition(".Sh JSON")[2].partition(".Sh EXIT")[0]
    words = {word for line in re.findall(r"\bVa (.*)", section) for word in line.split()}
    forms = [out("usage", report) for report in ("daily", "weekly", "monthly", "session", "project", "model")]
    forms += [out("usage", "blocks", "--token-limit", "5"), out("prices")]
    assert {key for form in forms for key in keys_of(form)} - words == set()
