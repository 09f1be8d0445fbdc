"""What importers share: times that do not drift."""

import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.base.errors import ForeignFileError
from claude_sessions.formats.asciicast_reader import read_asciicast
from claude_sessions.formats.foreign import Elapsed, Event, Foreign, microseconds
from claude_sessions.formats.typescript import read_typescript

MANY = 100_000


def cast(delta: str) -> Iterator[Event]:
    data = b'{"version": 3, "term": {"cols": 80, "rows": 24}}\n' + f'[{delta}, "m", ""]\n'.encode() * MANY
    return read_asciicast(Foreign("cast", io.BytesIO(data), 0))[1]


def old_cast(delta: str) -> Iterator[Event]:
    frames = ",".join([f'[{delta}, "a"]'] * MANY)
    data = f'{{"version": 1, "width": 80, "height": 24, "stdout": [{frames}]}}'.encode()
    return read_asciicast(Foreign("cast", io.BytesIO(data), 0))[1]


def typescript(delta: str) -> Iterator[Event]:
    source = Foreign("typescript", io.BytesIO(b"Script started on 2026-02-07 12:00:00+01:00\n" + b"a" * MANY), 0)
    return read_typescript(source, Foreign("timing", io.BytesIO(f"{delta} 1\n".encode() * MANY), 0))[1]


@pytest.mark.parametrize("read", [cast, old_cast, typescript])
@pytest.mark.parametrize(("delta", "total_us"), [("0.0000004", 40_000), ("0.0000006", 60_000), ("0.1", 10_000_000_000)])
def test_times_between_events_do_not_drift(read: Callable[[str], Iterator[Event]], delta: str, total_us: int) -> None:
    """However many there are and however short they are, the last one is where the exact sum is."""
    *_, last = read(delta)
    assert last.time_us == total_us


@given(st.lists(st.decimals(min_value=0, max_value=10_000, allow_nan=False, places=9), max_size=50))
def test_every_time_is_the_exact_sum_rounded_once(deltas: list[Decimal]) -> None:
    """Nothing of what was rounded goes into the next."""
    elapsed = Elapsed()
    for number, delta in enumerate(deltas, 1):
        exact = sum(map(Fraction, deltas[:number]), Fraction()) * 1_000_000
        assert elapsed.after(delta, "here") == round(exact)


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity", "-1e-9", "1e10", "1e999999", "1000000000.1"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """Also where it comes after others: no arithmetic gives up over it."""
    with pytest.raises(ForeignFileError, match=r"^here: "):
        microseconds(Decimal(text), "here")
    elapsed = Elapsed()
    elapsed.after(Decimal("1.5"), "there")
    with pytest.raises(ForeignFileError, match=r"^here: "):
        elapsed.after(Decimal(text), "here")
