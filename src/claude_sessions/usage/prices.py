"""What a response costs: the rules by which prices are applied. The prices themselves are data (`prices.json`), with a date.

A model that is not in the table has no price: its cost is None, never 0.
"""

import re
from bisect import bisect_right
from datetime import UTC, date, datetime
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from claude_sessions.base.errors import ConfigError
from claude_sessions.base.foreign import UNDECODABLE, why_undecodable
from claude_sessions.base.paths import expanded
from claude_sessions.usage.response import FAST, UNITS, Response

STALE_DAYS = 90
"""A table older than this is to be looked after: models and prices change every few months."""

_MILLION = 1_000_000
_DAY_MS = 86_400_000

_Dollars = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]


class Mode(StrEnum):
    """Where a cost comes from."""

    AUTO = "auto"
    """What Claude Code wrote beside the response where it did (until mid 2025), else prices."""
    CALCULATE = "calculate"
    """Prices alone."""
    DISPLAY = "display"
    """What Claude Code wrote alone."""


class Long(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The prices of a request with a long prompt: of all of its tokens."""

    above: int
    """Tokens of the prompt, cache and all."""
    input: _Dollars
    output: _Dollars
    cache_write_5m: _Dollars
    cache_write_1h: _Dollars
    cache_read: _Dollars


class Earlier(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What was different before a day. Absent fields were as they are."""

    until: date
    """The first day, in UTC, on which it was no longer so."""
    input: _Dollars | None = None
    output: _Dollars | None = None
    cache_write_5m: _Dollars | None = None
    cache_write_1h: _Dollars | None = None
    cache_read: _Dollars | None = None
    long: Long | None = None


class Price(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A model's prices, in dollars per million tokens. Cache prices that are not given follow from the input's."""

    input: _Dollars
    output: _Dollars
    cache_write_5m: _Dollars | None = None
    cache_write_1h: _Dollars | None = None
    cache_read: _Dollars | None = None
    fast: _Dollars | None = None
    """What everything is multiplied by in fast mode; None where the model has none."""
    long: Long | None = None
    earlier: tuple[Earlier, ...] = ()

    def cache_prices(self) -> tuple[float, float, float]:
        """Return the prices of a write for 5 minutes, a write for an hour, and a read."""
        written = self.input * 1.25 if self.cache_write_5m is None else self.cache_write_5m
        hour = self.input * 2 if self.cache_write_1h is None else self.cache_write_1h
        return written, hour, self.input * 0.1 if self.cache_read is None else self.cache_read


class Table(msgspec.Struct):
    """A file of prices. What else stands in it, such as what `prices --json` prints, does not matter."""

    models: dict[str, Price]
    compared: date | None = msgspec.field(default=None, name="date")
    """When it was compared with what is published."""
    note: str = ""
    web_search: _Dollars | None = None
    aliases: dict[str, str] = {}


class _Known(NamedTuple):
    """What one token costs, in UNITS: input, output, cache write for 5 minutes, for an hour, cache read."""

    short: tuple[int, ...]
    long: tuple[int, ...] = ()
    above: int | None = None
    """From how many tokens of a prompt on `long` is meant."""


_UNASKED = _Known(())
"""Of a model that was not looked up yet."""


class Prices:
    """Prices, looked up by whatever name a transcript has for a model."""

    def __init__(self, table: Table, own: Table | None = None) -> None:
        """`own` is a person's table: what it has goes before what `table` has."""
        self.models = {**table.models, **(own.models if own else {})}
        self.compared = table.compared
        """When the table that comes with this program was compared with what is published."""
        self._aliases = {**table.aliases, **(own.aliases if own else {})}
        own_search = own.web_search if own else None
        self.web_search = (table.web_search if own_search is None else own_search) or 0.0
        """Of one web search."""
        self._search = round(self.web_search * UNITS)
        self._known: dict[tuple[str, int, int], _Known | None] = {}
        self._days = sorted({_day(each.until) for price in self.models.values() for each in price.earlier})

    def find(self, model: str) -> Price | None:
        """Return a model's prices; None where nobody knows them."""
        name = plain_name(model)
        return self.models.get(model) or self.models.get(self._aliases.get(name, name))

    def cost(self, response: Response, mode: Mode = Mode.AUTO) -> int | None:
        """Return what a response cost, in UNITS; None where that cannot be known. Without tokens it costs nothing."""
        if mode is not Mode.CALCULATE and (response.cost is not None or mode is Mode.DISPLAY):
            return response.cost
        place = (response.model, response.flags & FAST, bisect_right(self._days, response.time // _DAY_MS))
        known = self._known.get(place, _UNASKED)
        if known is _UNASKED:
            known = self._known[place] = self._rates(response.model, response.time // _DAY_MS, bool(place[1]))
        if known is None:
            return None if response.total or response.searches else 0
        one = known.long if known.above is not None and response.prompt > known.above else known.short
        return (
            response.input * one[0]
            + response.output * one[1]
            + response.write_5m * one[2]
            + response.write_1h * one[3]
            + response.read * one[4]
            + response.searches * self._search
        )

    def age_days(self, today: date) -> int | None:
        """Return how old the table is; None where it does not say."""
        return None if self.compared is None else max(0, (today - self.compared).days)

    def _rates(self, model: str, day: int, fast: bool) -> "_Known | None":
        """Return what a token costs on a day, in days since the epoch; None where nobody knows."""
        price = self.find(model)
        if price is None or (fast and price.fast is None):
            return None
        price = _as_of(price, day)
        dollars = (price.input, price.output, *price.cache_prices())
        if fast and price.fast is not None:
            return _Known(_units(*(price.fast * each for each in dollars)))
        long = price.long
        if long is None:
            return _Known(_units(*dollars))
        dearer = _units(long.input, long.output, long.cache_write_5m, long.cache_write_1h, long.cache_read)
        return _Known(_units(*dollars), dearer, long.above)


def plain_name(model: str) -> str:
    """Return a model's name without what differs between providers and releases.

    >>> plain_name("us.anthropic.claude-sonnet-4-5-20250929-v1:0"), plain_name("anthropic/claude-opus-4.6[1m]")
    ('claude-sonnet-4-5', 'claude-opus-4-6')
    """
    found = _NAME.search(model.lower())
    return _RELEASE.sub("", found[0].replace(".", "-")) if found else model


_NAME = re.compile(r"claude-[a-z0-9.-]+")
_RELEASE = re.compile(r"-(?:20[0-9]{6}|latest|v[0-9]).*$")


def load_prices(own: str | Path | None = None) -> Prices:
    """Return the prices that come with this program, and before them those of a person's file.

    Raises ConfigError where the file cannot be read or is none.
    """
    table = msgspec.json.decode(resources.files(__package__).joinpath("prices.json").read_bytes(), type=Table)
    return Prices(table, _read(expanded(own)) if own else None)


def _read(path: Path) -> Table:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Table)
    except OSError as error:
        raise ConfigError(f"{path}: the prices cannot be read: {error.strerror}") from None
    except UNDECODABLE as error:
        raise ConfigError(
            f"{path} is no table of prices: {why_undecodable(error)}; claude-sessions prices --json shows the form"
        ) from None


def _as_of(price: Price, day: int) -> Price:
    """Return the prices of a day, in days since the epoch."""
    for each in sorted(price.earlier, key=lambda each: each.until, reverse=True):
        if day < _day(each.until):
            changed = {name: value for name, value in msgspec.structs.asdict(each).items() if value is not None}
            del changed["until"]
            price = msgspec.structs.replace(price, **changed)
    return price


def _day(day: date) -> int:
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days


def _units(*dollars: float) -> tuple[int, ...]:
    """Return UNITS for one token from dollars for a million: whole up to six decimals."""
    return tuple(round(each * UNITS / _MILLION) for each in dollars)
