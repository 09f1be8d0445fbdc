"""Times as people type them, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.base.durations import format_offset, parse_duration
from claude_sessions.base.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("12.5", 12.5),
        (".5", 0.5),
        ("90s", 90),
        ("1.5s", 1.5),
        ("1m30s", 90),
        ("1h2m", 3720),
        ("1h", 3600),
        ("1d", 86_400),
        ("1h5s", 3605),
        ("01:30", 90),
        ("1:23.4", 83.4),
        ("75:00", 4500),
        ("1:02:03", 3723),
        (" 5 ", 5),
    ],
)
def test_every_form_of_a_time_is_read(text: str, seconds: float) -> None:
    """Seconds, units, and minutes or hours with colons mean what they say."""
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "-1", "x", "1x", "1m30", "s", "1:99", "1:2:3:4", "nan", "inf", "1e9", "30s1m", "٣", ".", "9" * 400]
)
def test_what_is_no_time_is_a_usage_error(text: str) -> None:
    """The sentence shows what was typed and what could have been."""
    with pytest.raises(UsageError, match="MM:SS"):
        parse_duration(text)


@given(st.floats(0, 1e8))
def test_an_offset_reads_back_at_most_a_tenth_later(seconds: float) -> None:
    """What is printed can be typed, and leads to the moment or just after it, never before."""
    back = parse_duration(format_offset(seconds))
    assert seconds - 0.001 <= back <= seconds + 0.101


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00.0"), (5, "0:05.0"), (83.4, "1:23.4"), (59.99, "1:00.0"), (3723, "1:02:03.0")]
)
def test_offsets_look_like_a_clock(seconds: float, text: str) -> None:
    """Minutes, seconds and tenths; hours only where there are any."""
    assert format_offset(seconds) == text
