"""Lines of a stretch of time, many at once."""

from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.search.stretches import Burst, Stretch
from claude_sessions.timeline.pages import Page

times = st.lists(st.integers(0, 9), min_size=1, max_size=20)
bounds = st.none() | st.integers(0, 9)


def pages_of(times: list[int], size: int) -> list[Page]:
    """Return pages of `size` lines; each line is its number."""
    pages = []
    for at in range(0, len(times), size):
        runs: list[tuple[int, int]] = []
        for time in times[at : at + size]:
            if runs and runs[-1][1] == time:
                runs[-1] = runs[-1][0] + 1, time
            else:
                runs.append((1, time))
        text = "\n".join(map(str, range(at, min(at + size, len(times))))).encode()
        pages.append(Page(0, runs, text, min(times[at + size :], default=10)))
    return pages


def lines_in(batches: list[list[Burst]]) -> list[int]:
    return [int(line) for batch in batches for burst in batch for line in burst.text.split(b"\n")]


@given(times, bounds, bounds, st.integers(1, 9))
def test_every_line_in_time_comes_once(found: list[int], since: int | None, until: int | None, size: int) -> None:
    """In the order of the screen, or by time and where that is the same by place, wherever pages begin."""
    pages = pages_of(found, size)
    wanted = [
        at for at, time in enumerate(found) if (since is None or since <= time) and (until is None or time <= until)
    ]
    assert lines_in(list(Stretch(since, until).of_screen(pages))) == wanted
    assert lines_in(list(Stretch(since, until).by_time(pages))) == sorted(wanted, key=lambda at: (found[at], at))


def test_lines_do_not_wait_longer_than_they_must() -> None:
    """They come as soon as no earlier one can come."""
    pages = [Page(0, [(1, 5), (2, 1)], b"c\na\nb", 5), Page(0, [(1, 5)], b"d", 9)]
    found = [[burst.text for burst in batch] for batch in Stretch(None, None).by_time(iter(pages))]
    assert found == [[b"a\nb"], [b"c", b"d"]]
