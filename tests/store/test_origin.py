"""What a recording was made from."""

import pytest

from claude_sessions.store.origin import Origin, read_origin


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("", Origin(imported=False, redacted=False, file="")),
        ("ttyrec file a file.tty", Origin(imported=True, redacted=False, file="a file.tty")),
        ("asciicast v2 file a.cast, drawn anew from the screen", Origin(imported=True, redacted=True, file="a.cast")),
        ("session 1, drawn anew from the screen; removed: 1", Origin(imported=False, redacted=True, file="")),
        ("something else", Origin(imported=True, redacted=False, file="")),
    ],
)
def test_an_origin_is_read(text: str, origin: Origin) -> None:
    """Of imports the file, of copies without secrets that they are such; a form that nobody knows says only that it is one."""
    assert read_origin(text) == origin
