"""Where a session belongs."""

from pathlib import Path

import pytest

from claude_sessions.transcript.origin import Origin, origin_of
from tests.kit.claude_folder import line

ID = "11111111-aaaa-4aaa-8aaa-000000000001"


@pytest.mark.parametrize(
    ("directories", "origin"),
    [
        (["/home/ann/shop"], Origin("/home/ann/shop", at_home=True, claude_version="2.1.329")),
        (["/tmp/x", "/home/ann/shop", "/tmp/y"], Origin("/home/ann/shop", at_home=True, claude_version="2.1.329")),
        (["/tmp/x", "/tmp/y"], Origin("/tmp/x", at_home=False, claude_version="2.1.329")),
        ([], Origin()),
    ],
)
def test_the_directory_is_the_one_that_the_folder_is_named_after(
    tmp_path: Path, directories: list[str], origin: Origin
) -> None:
    """Of several directories that one counts; where there is none, the first is told, but not believed."""
    path = tmp_path / "-home-ann-shop" / f"{ID}.jsonl"
    path.parent.mkdir()
    lines = [b'{"type":"mode","cwd":7}\n', b'{"cwd":"torn\n']
    path.write_bytes(b"".join([*lines, *(line(ID, each, number) for number, each in enumerate(directories))]))
    assert origin_of(path) == origin
