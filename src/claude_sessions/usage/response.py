"""What is counted: one response of the API, and what it used up. Numbers are whole, money is exact.

Money is counted in units of 10⁻¹² dollars (`UNITS`): a price per million tokens with up to six decimals is then a whole
number for one token, so that sums of any length and order are exact; only what is printed is rounded.
"""

import msgspec

UNITS = 10**12
"""Units of money in a dollar."""

SIDECHAIN = 1
"""Flag: said by, or copied into, a side conversation (a subagent, `/btw`)."""
PROGRESS = 2
"""Flag: known from a progress line of the session that started the subagent, not from a line of its own."""
PARTIAL = 4
"""Flag: only the beginning of the response was recorded; its output tokens are a lower bound."""
FAST = 8
"""Flag: served in fast mode, at a multiple of the price."""


class Response(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """One response of the API, as the line of a transcript says that tells most of it. Counts are tokens."""

    id: str
    """The message's id; where it has none, the line's uuid or place."""
    request_id: str
    time: int
    """Milliseconds since the epoch."""
    model: str
    flags: int
    input: int
    output: int
    write_5m: int
    """Written to the cache for five minutes."""
    write_1h: int
    """Written to the cache for an hour."""
    read: int
    """Read from the cache."""
    searches: int = 0
    """Web searches, which cost extra."""
    cost: int | None = None
    """What Claude Code itself wrote down as the cost (until mid 2025), in UNITS."""

    @property
    def prompt(self) -> int:
        """The tokens of the whole prompt, whatever the cache did."""
        return self.input + self.write_5m + self.write_1h + self.read

    @property
    def total(self) -> int:
        """All tokens."""
        return self.input + self.output + self.write_5m + self.write_1h + self.read

    @property
    def label(self) -> str:
        """The model as reports name it: fast mode is one of its own."""
        return f"{self.model}-fast" if self.flags & FAST else self.model


class FileUsage(msgspec.Struct, array_like=True, frozen=True):
    """The responses of one transcript, each once."""

    main: bool
    """Whether it is a session's own transcript, not a subagent's."""
    session_id: str
    project: str
    """The directory that the session belongs to; the folder's name where no line tells."""
    started: int
    """Time of the first response and of the last, in milliseconds since the epoch; 0 without any."""
    ended: int
    responses: list[Response]
    claude_cost: int | None = None
    """The session's cost in UNITS as Claude Code itself reckoned it at the session's end."""
    bad_counts: int = 0
    """How many counts in the transcript are no number of tokens; they are taken for 0."""


def in_units(dollars: float) -> int | None:
    """Return an amount of money that somebody wrote down; None where it can be none.

    >>> in_units(0.101176)
    101176000000
    """
    return round(dollars * UNITS) if 0 <= dollars < 1e9 else None


def in_dollars(units: int) -> float:
    """Return an amount in dollars, exact to the millionth of a dollar."""
    return round(units / UNITS, 6)
