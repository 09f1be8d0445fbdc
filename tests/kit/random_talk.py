"""Transcripts by chance: conversations that nobody would have, for properties that hold for all of them."""

from hypothesis import strategies as st

from tests.kit.spoken import Fields, calls, gives, progress, says, system, user

KINDS = st.sampled_from(["user", "says", "calls", "gives", "progress", "compact", "title"])
PARENTS = st.sampled_from(["before", "before", "before", "far", "none", "lost", "next"])


@st.composite
def transcripts(draw: st.DrawFn) -> list[Fields]:
    """Lines whose parents stand before them, behind them, or nowhere."""
    found: list[Fields] = []
    for number, (kind, parent) in enumerate(draw(st.lists(st.tuples(KINDS, PARENTS), min_size=1, max_size=30))):
        line = _line(kind, number, f"toolu_{draw(st.integers(0, 3))}")
        uuid = {"before": f"u{number - 1}", "far": f"u{number // 2}", "lost": "lost", "next": f"u{number + 1}"}.get(
            parent
        )
        found.append({**line, "uuid": f"u{number}", "parentUuid": uuid if number else None})
    return found


def _line(kind: str, number: int, name: str) -> Fields:
    lines = {
        "user": user(f"prompt {number}"),
        "says": says(f"answer {number}"),
        "calls": calls("Bash", {"command": f"run {number}"}, name),
        "gives": gives(f"result {number}", name),
        "progress": progress("bash_progress", name, fullOutput="x"),
        "compact": system("compact_boundary"),
        "title": {"type": "ai-title", "aiTitle": "x"},
    }
    return lines[kind]
