"""Patterns that people type. They run on RE2, which takes linear time whatever the pattern.

(Python's own `re` needs 15 s for `(a+)+$` on 28 characters.)
"""

from collections.abc import Iterator
from typing import Protocol

import re2

from claude_sessions.base.errors import UsageError


class Pattern(Protocol):
    """Something that can be looked for in a line."""

    def search(self, text: str) -> tuple[int, int] | None:
        """Return where in `text` the first match begins and ends, or None."""

    def every(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where in `text` each match begins and ends, in order, without overlaps; empty ones too."""


def compile_pattern(
    text: str, *, ignore_case: bool = False, fixed: bool = False, advice: str = "-F looks for the text as it is"
) -> Pattern:
    """Return the pattern that `text` means: a regular expression in RE2's syntax, or with `fixed` the text itself.

    Raises UsageError with RE2's reason and `advice` where it is none.
    """
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.literal = fixed
    options.log_errors = False
    try:
        return _Compiled(re2.compile(text, options))
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if error.args else "it cannot be compiled"
        raise UsageError(f"{text!r} is not a pattern: {reason}; {advice}") from None
    except UnicodeEncodeError:
        raise UsageError(f"{text!r} is not a pattern: it is not UTF-8") from None


def compile_lines(text: str) -> Pattern:
    """Return the same for texts of several lines: `^` and `$` match at each of them."""
    compile_pattern(text, advice="without --regex its words are looked for")  # complains of it as it was typed
    return compile_pattern(f"(?m){text}")


class _Compiled:
    """A pattern of RE2 that answers with a span only."""

    def __init__(self, compiled: re2._Regexp) -> None:
        self._search = compiled.search
        self._every = compiled.finditer

    def search(self, text: str) -> tuple[int, int] | None:
        match = self._search(text)
        return match.span() if match else None

    def every(self, text: str) -> Iterator[tuple[int, int]]:
        return (match.span() for match in self._every(text))
