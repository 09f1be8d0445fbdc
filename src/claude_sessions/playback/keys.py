"""What a person presses, and what the player does for it."""

import codecs
import re
from enum import StrEnum, auto
from typing import Final


class Command(StrEnum):
    """What the player can be told."""

    PAUSE = auto()
    BACK = auto()
    FORWARD = auto()
    FAR_BACK = auto()
    FAR_FORWARD = auto()
    FIRST = auto()
    LAST = auto()
    FASTER = auto()
    SLOWER = auto()
    STEP = auto()
    STEP_BACK = auto()
    LAST_PLACE = auto()
    NEXT_PLACE = auto()
    SEARCH = auto()
    NEXT_HIT = auto()
    LAST_HIT = auto()
    GO = auto()
    TENTH = auto()
    BAR = auto()
    HELP = auto()
    QUIT = auto()


UP, DOWN, RIGHT, LEFT = "up", "down", "right", "left"
SHIFT_RIGHT, SHIFT_LEFT, HOME, END = "shift-right", "shift-left", "home", "end"
ENTER, BACKSPACE, ESCAPE, EMPTY_LINE = "enter", "backspace", "escape", "ctrl-u"
INTERRUPT = "ctrl-c"
"""Only while a text is typed: otherwise it ends the replay."""

KEYS: Final = {
    " ": Command.PAUSE,
    LEFT: Command.BACK,
    RIGHT: Command.FORWARD,
    **dict.fromkeys((SHIFT_LEFT, "<"), Command.FAR_BACK),
    **dict.fromkeys((SHIFT_RIGHT, ">"), Command.FAR_FORWARD),
    HOME: Command.FIRST,
    **dict.fromkeys((END, "G"), Command.LAST),
    UP: Command.FASTER,
    DOWN: Command.SLOWER,
    ".": Command.STEP,
    ",": Command.STEP_BACK,
    "[": Command.LAST_PLACE,
    "]": Command.NEXT_PLACE,
    "/": Command.SEARCH,
    "n": Command.NEXT_HIT,
    "N": Command.LAST_HIT,
    "g": Command.GO,
    **dict.fromkeys("0123456789", Command.TENTH),
    "s": Command.BAR,
    "?": Command.HELP,
    "q": Command.QUIT,
    "Q": Command.QUIT,
}

HELP: Final = (
    ("space", "pause, go on"),
    ("left right", "5 seconds back, forward"),
    ("< >", "a minute back, forward"),
    ("home end G", "the beginning, the end"),
    ("0 to 9", "so many tenths"),
    ("up down", "faster, slower"),
    (", .", "change before, after"),
    ("[ ]", "marker, prompt likewise"),
    ("/", "search the screens"),
    ("n N", "next hit, hit before"),
    ("g", "to a time or @marker"),
    ("s", "status line on, off"),
    ("?", "this help"),
    ("q", "quit"),
)
"""The keys and what they do, for people, in 40 columns."""

HELD_FOR: Final = 0.05
"""Seconds after which an ESC that nothing has followed is the key of that name; arrow keys begin with the same byte."""

_FINALS: Final = {"A": UP, "B": DOWN, "C": RIGHT, "D": LEFT, "H": HOME, "F": END}
_SEQUENCES: Final = {
    "1;2C": SHIFT_RIGHT,
    "1;2D": SHIFT_LEFT,
    **dict.fromkeys(("1~", "7~"), HOME),
    **dict.fromkeys(("4~", "8~"), END),
}
_CONTROLS: Final = {"\x15": EMPTY_LINE, "\r": ENTER, "\n": ENTER, "\x7f": BACKSPACE, "\x08": BACKSPACE, "\x1b": ESCAPE}
_LEAVING: Final = "\x03\x04"

_KEY: Final = re.compile(
    r"\x1b(?:\[(?:M...|(?P<sequence>[0-?]*[ -/]*(?P<final>[@-~])))|O(?P<application>.)|[^\[O\x1b])|(?P<one>.)",
    re.DOTALL,
)
_BEGUN: Final = re.compile(r"\x1b(?:\[(?:[0-?]*[ -/]*|M.{0,2})|O)?", re.DOTALL)
_LONGEST: Final = 64


class KeyReader:
    """Turns what a terminal sends into keys: a character that was typed, or one of the names above. Others are left out.

    `leaving` is set as soon as Ctrl-C or Ctrl-D comes, whatever else there is.
    """

    def __init__(self) -> None:
        self.leaving = False
        self._decode = codecs.getincrementaldecoder("utf-8")("ignore").decode
        self._begun = ""

    @property
    def waiting(self) -> bool:
        """Whether the beginning of a key has come, and may be all of it."""
        return bool(self._begun)

    def feed(self, data: bytes) -> list[str]:
        """Return the keys that are complete by `data`."""
        text = self._begun + self._decode(data)
        self._begun = ""
        last = text.rfind("\x1b")
        if last >= 0 and len(text) - last < _LONGEST and _BEGUN.fullmatch(text, last):
            text, self._begun = text[:last], text[last:]
        return self._keys(text)

    def flush(self) -> list[str]:
        """Return the key that was begun, since nothing more has come."""
        text, self._begun = self._begun, ""
        return [ESCAPE] if text == "\x1b" else []

    def _keys(self, text: str) -> list[str]:
        keys = []
        for match in _KEY.finditer(text):
            if match["one"] is None:
                key = _SEQUENCES.get(match["sequence"]) or _FINALS.get(match["final"] or match["application"])
                if key:
                    keys.append(key)
            elif match["one"] in _LEAVING:
                self.leaving = True
            elif match["one"] in _CONTROLS:
                keys.append(_CONTROLS[match["one"]])
            elif match["one"].isprintable():
                keys.append(match["one"])
        return keys
