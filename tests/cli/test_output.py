"""What several commands print."""

import time
from pathlib import Path

import pytest

from claude_sessions.cli.output import byte_size, duration, exact_moment, exact_moment_of, moment, short_path
from tests.kit.recordings import NOON, SECOND

DAY = 86_400 * SECOND


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times are shown where the person is: here UTC+1."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (-5, "0s"),
        (59 * SECOND, "59s"),
        (252 * SECOND, "4m 12s"),
        (3600 * SECOND, "1h 00m"),
        (DAY - 1, "23h 59m"),
        (DAY * 2 + 3 * 3600 * SECOND, "2d 03h"),
    ],
)
def test_durations_have_two_units(ns: int, text: str) -> None:
    """The two largest units say enough."""
    assert duration(ns) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_940, "9.9 kB"),
        (9_960, "10 kB"),
        (999_600, "1.0 MB"),
        (4 * 10**12, "4.0 TB"),
    ],
)
def test_sizes_have_at_most_three_digits(size: int, text: str) -> None:
    """Also where rounding reaches the next unit."""
    assert byte_size(size) == text


def test_moments_are_short_this_year() -> None:
    """The year matters only when it is another one."""
    assert moment(NOON, NOON) == "Feb 07 13:00"
    assert moment(NOON, NOON + 365 * DAY) == "2026-02-07"
    assert exact_moment(NOON) == "2026-02-07 13:00:00 CET"


@pytest.mark.parametrize("ns", [10**30, -(10**30)])
def test_an_absurd_moment_is_no_error(ns: int) -> None:
    """A log may claim any time."""
    assert moment(ns, NOON) == "?"
    assert exact_moment(ns) == "?"


def test_timestamps_of_the_log() -> None:
    """What is no timestamp is shown as it stands."""
    assert exact_moment_of("2026-02-07T12:00:00Z") == "2026-02-07 13:00:00 CET"
    assert exact_moment_of("yesterday") == "yesterday"


def test_home_is_a_tilde() -> None:
    """Only whole path components count."""
    home = str(Path.home())
    assert short_path(home) == "~"
    assert short_path(f"{home}/code") == "~/code"
    assert short_path(f"{home}2/code") == f"{home}2/code"
