"""What is typed where a program asks for a secret, or shows asterisks for it: nothing on the screen says what it is.

Programs that read a password in raw mode echo it as asterisks, as dots or not at all. What stood before the cursor when
the line was begun tells that it is one, and so does a row of so many asterisks that was not there before.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from claude_sessions.redact.rules import RuleSet
from claude_sessions.screen.canvas import Picture

_SHORTEST = 4
"""Who is asked may answer `y` or `yes`."""

_PATIENCE = 3
"""In so many pictures after an Enter the asterisks for a paste may come."""

_MOST_BEGUN = 1000
_MASKS = "*•●⬤"
_MASKED = re.compile(r"[*•●⬤]{6,}")
_MASKED_NAME = "typed behind asterisks"
_AROUND = " \t\xa0│┃|▏▕█▌▎"


class Answer(NamedTuple):
    """A secret that was typed."""

    text: str
    rule: str


class Prompts:
    """Follows pictures and typed lines: `see` each picture, `begin` with the first key of a line, and `answer` at its end."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._picture: Picture | None = None
        self._asked_for = ""
        self._masked_before: set[tuple[int, int]] = set()
        self._open = ""
        self._patience = 0
        self._late: list[Answer] = []
        self._begun: dict[str, None] = {}
        self._answered: set[str] = set()

    def see(self, picture: Picture) -> None:
        """Take what is on the screen now."""
        self._picture = picture
        if self._patience:
            self._patience -= 1
            if self._is_masked(self._open):
                self._late.append(Answer(self._open, _MASKED_NAME))
                self._patience = 0

    def begin(self) -> None:
        """A line is about to be typed."""
        before = _before_cursor(self._picture) if self._picture else ""
        self._asked_for = self._rules.asks_for(before)
        if self._asked_for:
            self._answered.add(before.rstrip())
        elif (word := before.partition(" ")[0]) and len(self._begun) < _MOST_BEGUN:
            self._begun[word] = None
        self._masked_before = set(_masked(self._picture))
        self._patience = 0

    def answer_unseen(self) -> None:
        """Something was typed that neither screen nor log shows."""
        before = _before_cursor(self._picture) if self._picture else ""
        if self._rules.asks_for(before):
            self._answered.add(before.rstrip())

    def comes_back(self, before: str, value: str) -> bool:
        """Tell whether what stands behind a prompt that was answered, `before`, is a shell's own prompt and no answer.

        Where nothing is echoed, not even the Enter, the next prompt is printed right there.
        """
        return before.rstrip() in self._answered and value.lstrip(_MASKS) in self._begun

    def answer(self, text: str) -> Iterator[Answer]:
        """The line is typed; yield it where it is a secret."""
        text = text.strip()
        asked_for, self._asked_for = self._asked_for, ""
        if len(text) < _SHORTEST or not self._rules.asks:
            return
        if asked_for:
            yield Answer(text, asked_for)
        elif self._is_masked(text):
            yield Answer(text, _MASKED_NAME)
        else:
            self._open, self._patience = text, _PATIENCE

    def late(self) -> list[Answer]:
        """Return the secrets whose asterisks came after their Enter, each once."""
        late, self._late = self._late, []
        return late

    def _is_masked(self, text: str) -> bool:
        return any(
            length == len(text) and (row, length) not in self._masked_before for row, length in _masked(self._picture)
        )


def _masked(picture: Picture | None) -> Iterator[tuple[int, int]]:
    """Yield row and length of each run of asterisks on the screen."""
    for number, row in enumerate(picture.rows if picture else ()):
        for found in _MASKED.finditer(row.text):
            yield number, len(found[0])


def _before_cursor(picture: Picture) -> str:
    """Return what stands left of the cursor, or at the end of all text where a program hides the cursor to draw its own."""
    column, at = picture.cursor
    if picture.cursor_visible and at < len(picture.rows):
        return _begun_above(picture, at) + picture.rows[at].text[:column]
    texts = [text for row in picture.rows if (text := row.text.strip(_AROUND))]
    return texts[-1] if texts else ""


def _begun_above(picture: Picture, at: int) -> str:
    """Return the rows above that wrap into this one."""
    first = at
    while first and picture.rows[first - 1].wrapped:
        first -= 1
    return "".join(row.text for row in picture.rows[first:at])
