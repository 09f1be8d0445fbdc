"""Small charts out of characters: a row of columns, and bars. Plain ASCII where blocks cannot be spelled."""

from collections.abc import Sequence
from typing import TextIO

_COLUMNS = " ▁▂▃▄▅▆▇█"
_BARS = " ▏▎▍▌▋▊▉█"
_ASCII_COLUMNS = " .:-=+*#@"


def draws_blocks(stream: TextIO) -> bool:
    """Tell whether the stream's encoding has the block characters."""
    try:
        (_COLUMNS + _BARS).encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def columns(values: Sequence[int], *, blocks: bool) -> str:
    """Return a character for each value, the higher the larger; only for 0 it is blank.

    >>> columns([0, 1, 4, 8], blocks=False)
    ' .=@'
    """
    steps = _COLUMNS if blocks else _ASCII_COLUMNS
    largest = max(values, default=0)
    return "".join(steps[_scaled(value, largest, len(steps) - 1)] for value in values)


def bar(value: int, largest: int, width: int, *, blocks: bool) -> str:
    """Return a bar of at most `width` cells, as long as `value` is of `largest`; only for 0 there is none.

    >>> bar(3, 6, 8, blocks=False)
    '####'
    """
    if not blocks:
        return "#" * _scaled(value, largest, width)
    whole, rest = divmod(_scaled(value, largest, width * 8), 8)
    return "█" * whole + (_BARS[rest] if rest else "")


def _scaled(value: int, largest: int, steps: int) -> int:
    """Return how many of `steps` a value is of the largest: at least one where it is not 0."""
    return 0 if value <= 0 else max(1, round(min(1.0, value / largest) * steps))
