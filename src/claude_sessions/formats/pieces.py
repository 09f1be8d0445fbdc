"""A text of any length a piece at a time: what is made of it never stands in memory as a whole."""

from collections.abc import Iterator

LONGEST = 1 << 18
"""Characters of a piece; a line that is longer is not parted, for a control sequence might be in it anywhere."""


def pieces(text: str) -> Iterator[str]:
    """Yield a text as whole lines of it, without the line break between two pieces."""
    start = 0
    while len(text) - start > LONGEST:
        end = text.rfind("\n", start, start + LONGEST)
        if end < 0:
            end = text.find("\n", start)
        if end < 0:
            break
        yield text[start:end].removesuffix("\r")
        start = end + 1
    yield text[start:] if start else text
