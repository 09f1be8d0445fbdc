"""What Claude Code's sessions used up: tokens and money, each response of the API counted once."""

from claude_sessions.usage.prices import Mode, Prices, load_prices
from claude_sessions.usage.reading import Reading, read, responses, totals_of
from claude_sessions.usage.report import Totals, summed
from claude_sessions.usage.response import FileUsage, Response

__all__ = [
    "FileUsage",
    "Mode",
    "Prices",
    "Reading",
    "Response",
    "Totals",
    "load_prices",
    "read",
    "responses",
    "summed",
    "totals_of",
]
