"""Our counting beside ccusage's, on generated corpora: the same tokens, day by day and model by model."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import ccusage
from bench.corpus import Corpus
from claude_sessions.transcript.files import scan
from claude_sessions.usage import load_prices, responses, summed
from tests.conftest import require

Tokens = tuple[int, int, int, int]


def ours(folder: Path) -> dict[tuple[str, str], Tokens]:
    """Return (input, output, cache writes, cache reads) by day in UTC and model."""
    days = summed(
        responses(scan(folder)),
        lambda response, _: datetime.fromtimestamp(response.time / 1000, UTC).date().isoformat(),
        load_prices(),
    )
    return {
        (day, model): (part.input, part.output, part.cache_write, part.read)
        for day, totals in days.items()
        for model, part in totals.models.items()
        if part.total
    }


def theirs(program: str, folder: Path, home: Path) -> dict[tuple[str, str], Tokens]:
    """Return the same as ccusage has it."""
    done = subprocess.run(
        [*ccusage.arguments(program), "--timezone", "UTC"],
        env=ccusage.environment(folder, home),
        capture_output=True,
        check=True,
    )
    return {
        (day["date"], part["modelName"]): (
            part["inputTokens"],
            part["outputTokens"],
            part["cacheCreationTokens"],
            part["cacheReadTokens"],
        )
        for day in json.loads(done.stdout)["daily"]
        for part in day["modelBreakdowns"]
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_tokens_for_every_day_and_model(tmp_path: Path, seed: int) -> None:
    """Placeholders, side questions, resumed copies and subagents known from progress alone are counted as ccusage does."""
    program, reason = ccusage.program(install=False)
    require(program, reason)
    corpus = Corpus(tmp_path, files=60, megabytes=6, seed=seed)
    corpus.make()
    counted = ours(tmp_path)
    assert sum(map(sum, counted.values())) > 1_000_000
    assert counted == theirs(program, tmp_path, tmp_path)
