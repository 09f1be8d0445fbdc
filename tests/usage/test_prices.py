"""What responses cost: the rules, and the table that comes with the program."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.base.errors import ConfigError
from claude_sessions.usage.prices import Mode, Prices, load_prices, plain_name
from claude_sessions.usage.response import FAST, UNITS, Response, in_dollars

OCTOBER_6 = 1_791_331_200_000 - 1
"""The last millisecond of 2026-10-06, UTC."""


@pytest.fixture(scope="module")
def prices() -> Prices:
    """Return the prices that come with the program."""
    return load_prices()


def one(model: str, *tokens: int, time: int = 1_760_000_000_000, **more: Any) -> Response:
    """Return a response with these tokens: input, output, cache write for 5 minutes, for an hour, cache read."""
    return Response("id", "", time, model, more.pop("flags", 0), *tokens, *[0] * (5 - len(tokens)), **more)


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-opus-4-1-20250805", (15, 75, 18.75, 30, 1.5)),
        ("claude-opus-4-5-20251101", (5, 25, 6.25, 10, 0.5)),
        ("claude-sonnet-4-6", (3, 15, 3.75, 6, 0.3)),
        ("claude-haiku-4-5-20251001", (1, 5, 1.25, 2, 0.1)),
        ("claude-opus-5-5", (4, 20, 5, 8, 0.2)),
        ("claude-fable-5-1", (10, 50, 12.5, 20, 0.25)),
        ("claude-3-haiku-20240307", (0.25, 1.25, 0.3, 0.5, 0.03)),
    ],
)
def test_each_kind_of_token_has_its_price(prices: Prices, model: str, dollars: tuple[float, ...]) -> None:
    """A hundred thousand tokens of each kind cost a tenth of the price per million."""
    for kind, dollar in enumerate(dollars):
        tokens = [0] * 5
        tokens[kind] = 100_000
        assert prices.cost(one(model, *tokens)) == round(dollar * UNITS / 10)


def test_what_claude_code_itself_reckoned(prices: Prices) -> None:
    """The figure of a real session with Opus 5.5 comes out to the millionth."""
    cost = prices.cost(one("claude-opus-5-5", 84, 408, 14_336, 0, 105_000))
    assert cost is not None
    assert in_dollars(cost) == 0.101176


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4"),
        ("vertex_ai/claude-opus-4-1@20250805", "claude-opus-4-1"),
        ("anthropic/claude-opus-4.6", "claude-opus-4-6"),
        ("claude-opus-4-6[1m]", "claude-opus-4-6"),
        ("Claude-Haiku-4-5", "claude-haiku-4-5"),
        ("claude-3-5-sonnet-latest", "claude-3-5-sonnet"),
        ("gpt-5", "gpt-5"),
        ("", ""),
    ],
)
def test_a_model_has_many_names(model: str, name: str) -> None:
    """Provider, date, context and spelling do not change which model it is."""
    assert plain_name(model) == name


@pytest.mark.parametrize("model", ["claude-opus-9", "claude-opus-4-60", "gpt-5", "", "claude-opus-4-5-fast"])
def test_an_unknown_model_has_no_price(prices: Prices, model: str) -> None:
    """Its cost is None, never 0, and never that of a model with a like name; without tokens there is nothing to pay."""
    assert prices.cost(one(model, 1)) is None
    assert prices.cost(one(model, searches=1)) is None
    assert prices.cost(one(model)) == 0


def test_a_long_prompt_is_dearer_as_a_whole(prices: Prices) -> None:
    """Above the threshold, cache and all, every token has the other price, the output's too."""
    assert prices.cost(one("claude-sonnet-4-5", 1000, 10, 0, 0, 199_000)) == 62_850 * UNITS // 10**6
    assert prices.cost(one("claude-sonnet-4-5", 1001, 10, 0, 0, 199_000)) == 125_631 * UNITS // 10**6
    assert prices.cost(one("claude-haiku-5-5", 100_001)) == round(100_001 * 0.5 * UNITS / 10**6)


def test_prices_of_the_day(prices: Prices) -> None:
    """What was dearer before a day is dearer for responses before it."""
    assert prices.cost(one("claude-sonnet-5-5", 0, 0, 0, 0, 10**6, time=OCTOBER_6)) == UNITS * 2 // 10
    assert prices.cost(one("claude-sonnet-5-5", 0, 0, 0, 0, 10**6, time=OCTOBER_6 + 1)) == UNITS // 10
    assert prices.cost(one("claude-opus-4-6", 300_000, time=1_771_000_000_000)) == UNITS * 3
    assert prices.cost(one("claude-opus-4-6", 300_000, time=1_775_000_000_000)) == UNITS * 3 // 2


@pytest.mark.parametrize(("model", "times"), [("claude-opus-4-6", 6), ("claude-opus-4-8", 2), ("claude-opus-5-5", 2)])
def test_fast_mode_is_a_multiple(prices: Prices, model: str, times: int) -> None:
    """Of every kind of token."""
    tokens = (10, 20, 30, 40, 50)
    slow = prices.cost(one(model, *tokens, time=OCTOBER_6))
    assert slow
    assert prices.cost(one(model, *tokens, time=OCTOBER_6, flags=FAST)) == times * slow


def test_fast_mode_without_a_price_is_unknown(prices: Prices) -> None:
    """Where nobody has said what fast mode costs, it is not the usual price."""
    assert prices.cost(one("claude-haiku-4-5", 10, flags=FAST)) is None


def test_web_searches_cost_a_cent(prices: Prices) -> None:
    """Beside the tokens."""
    assert prices.cost(one("claude-haiku-4-5", searches=3)) == 3 * UNITS // 100


@pytest.mark.parametrize(
    ("mode", "written", "bare", "unknown"),
    [(Mode.AUTO, 7, 5 * 10**6, None), (Mode.CALCULATE, 5 * 10**6, 5 * 10**6, None), (Mode.DISPLAY, 7, None, None)],
)
def test_modes(prices: Prices, mode: Mode, written: int, bare: int | None, unknown: None) -> None:
    """The mode auto takes what stands there and reckons otherwise, calculate always reckons, display never."""
    assert prices.cost(one("claude-opus-4-5", 1, cost=7), mode) == written
    assert prices.cost(one("claude-opus-4-5", 1), mode) == bare
    assert prices.cost(one("claude-opus-9", 1), mode) is unknown


def test_own_prices_go_before(tmp_path: Path, prices: Prices) -> None:
    """A file of one's own adds models and replaces them; cache prices follow from the input's where it has none."""
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"models": {"claude-opus-9": {"input": 8, "output": 1}}, "web_search": 0.5}))
    own = load_prices(path)
    assert own.cost(one("claude-opus-9-20270101", 0, 0, 10, 10, 10)) == (100 + 160 + 8) * 10**6
    assert own.cost(one("claude-opus-9", searches=1)) == UNITS // 2
    assert own.cost(one("claude-opus-4-5", 7)) == prices.cost(one("claude-opus-4-5", 7))


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"models": {"m": {"input": -1, "output": 1}}}', '{"models": {"m": {"inptu": 1}}}', "[" * 9999],
)
def test_a_file_that_is_no_table_is_named(tmp_path: Path, content: str) -> None:
    """Whoever gives it is told which file, what is wrong, and where the form is shown."""
    path = tmp_path / "own.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=r"own\.json is no table of prices: .*prices --json"):
        load_prices(path)
    with pytest.raises(ConfigError, match=r"missing\.json.*No such file"):
        load_prices(tmp_path / "missing.json")


def test_the_table_has_an_age(prices: Prices) -> None:
    """It says when it was compared with what is published."""
    assert prices.compared
    assert prices.age_days(prices.compared) == 0
    assert prices.age_days(date(2999, 1, 1)) == (date(2999, 1, 1) - prices.compared).days


def test_the_table_makes_sense(prices: Prices) -> None:
    """Names are plain; output is dearest; cache prices are in their order; every price is a whole number of UNITS."""
    for name, price in prices.models.items():
        assert plain_name(name) == name
        written, hour, read = price.cache_prices()
        assert read < price.input < written < hour < price.output
        for dollars in (price.input, price.output, written, hour, read):
            assert round(dollars * 10**6, 6).is_integer()


@given(
    st.lists(st.tuples(st.sampled_from(["claude-haiku-4-5", "claude-fable-5-1"]), st.integers(0, 10**9)), max_size=50)
)
def test_sums_are_exact(counts: list[tuple[str, int]]) -> None:
    """The cost of many responses is the cost of their tokens together, to the last unit, in any order."""
    prices = load_prices()
    short = [(model, count % 100_000) for model, count in counts]
    apart = [prices.cost(one(model, 0, count, 0, 0, count)) for model, count in short]
    assert None not in apart
    together = sum(count * (5 * 10**6 + 10**5) for model, count in short if model == "claude-haiku-4-5")
    together += sum(count * (50 * 10**6 + 250_000) for model, count in short if model == "claude-fable-5-1")
    assert sum(each or 0 for each in apart) == together
