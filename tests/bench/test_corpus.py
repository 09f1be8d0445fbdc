"""The generated corpus: the same every time, and like what Claude Code writes."""

import hashlib
import random
from collections import Counter
from pathlib import Path

from bench.corpus import Corpus, damaged
from claude_sessions.transcript import kinds
from claude_sessions.transcript.files import Kind, scan
from claude_sessions.transcript.reading import open_source, read_entries


def made(folder: Path, seed: int = 1) -> Path:
    Corpus(folder, files=30, megabytes=3, seed=seed).make()
    return folder


def digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted((folder / "projects").rglob("*.json*")):
        total.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return total.hexdigest()


def test_the_same_numbers_give_the_same_bytes(tmp_path: Path) -> None:
    """Two corpora of one seed are equal, one of another seed is not."""
    first, second, other = (digest(made(tmp_path / name, seed)) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert first == second
    assert first != other


def test_it_has_what_real_transcripts_have(tmp_path: Path) -> None:
    """Sessions and subagents, every line with a known type, most of them linked, and some three megabytes of it."""
    files = scan(made(tmp_path))
    assert {file.kind for file in files} >= {Kind.MAIN, Kind.SUBAGENT}
    assert 2.5e6 < sum(file.size for file in files) < 4e6
    types: Counter[str] = Counter()
    faults: list[object] = []
    for file in files:
        with open_source(file.path) as source:
            types.update(line.entry.type for line in read_entries(source, faults.append))
    assert [kind for kind in types if not kinds.is_known(kind)] == []
    assert types["assistant"] > types["user"] > types["system"] > 0
    assert types["progress"] > 0
    assert len(faults) <= 2


def test_each_kind_of_damage_is_made() -> None:
    """A glued line, zero bytes, a torn end, a byte order mark, CRLF and lines that are no objects each come in some session."""
    rng = random.Random(1)
    lines = [b'{"n":%d}' % rng.randrange(9) for _ in range(5)]
    whole = b"\n".join(lines)
    changed = {number: b"\n".join(damaged(lines, number)) for number in range(120)}
    odd = [text for text in changed.values() if text != whole]
    assert len(odd) == 6
    assert sum(b"}{" in text for text in odd) == 1
    assert sum(b"\0" in text for text in odd) == 1
    assert sum(b"\r\n" in text for text in odd) == 1
    assert sum(text.startswith(b"\xef\xbb\xbf") for text in odd) == 1
