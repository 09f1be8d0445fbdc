"""A line of text that a person types at the bottom of a replay, as it changes by the keys."""

from claude_sessions.playback.caption import ending
from claude_sessions.playback.keys import BACKSPACE, EMPTY_LINE, UP

_CURSOR = "▏"
_MARGIN = 1
"""The column that a caption leaves free at its left."""


class Question:
    """One that can be asked more than once: `sign` stands before the text, and Up brings the last answer."""

    def __init__(self, sign: str) -> None:
        self.text = ""
        """What is typed so far."""
        self._sign = sign
        self._last = ""

    def begin(self) -> None:
        """Be asked once more."""
        self.text = ""

    def edit(self, key: str) -> None:
        """Change the text by a key; those that are no text and change none do nothing."""
        if key == BACKSPACE:
            self.text = self.text[:-1]
        elif key == UP:
            self.text = self._last or self.text
        elif key == EMPTY_LINE:
            self.text = ""
        elif len(key) == 1:
            self.text += key

    def answer(self) -> str:
        """Return the text, and remember it unless it is empty."""
        self._last = self.text or self._last
        return self.text

    def line(self, columns: int) -> str:
        """Return what is to be seen in so many columns: of a text that is too long its end, where the person types."""
        return self._sign + ending(self.text + _CURSOR, columns - _MARGIN - len(self._sign))
