"""What goes from a screen and comes back, and is one line all the same: hints, the input box, rules, spinners, blinking bullets.

Programs take the foot of the screen away to ask something, and draw it again; a spinner goes on below what was printed
meanwhile, with another count.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from math import inf
from typing import TypeVar

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.timeline.item import Item
from claude_sessions.timeline.match import spinning

REST_NS = 60 * NANOSECONDS
"""For so long a spinner that is gone is waited for."""

FOOT = 8
"""So many lines at the bottom of a screen are its foot."""

_MOST = 256

STROKES = frozenset("─━═╌┄┈▔▁▀▄")
"""What rules are drawn with."""

_RULE = re.compile(r"\s*(\S)\1{7,}")
_BULLETS = frozenset("●○⏺")
_ENDS = STROKES | frozenset("…)")
_ANYWHERE = -1

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Recurring:
    """Remembers what has left the screen without having scrolled off it."""

    def __init__(self) -> None:
        self.foot: dict[tuple[int, str], None] = {}
        """Lines of the foot, each with the number of lines below it."""
        self.away: dict[str, tuple[Item, int]] = {}
        """Lines by what stays of them, and since when they are gone."""
        self.spinners: dict[str, tuple[Item, int]] = {}
        """Those that are gone and may go on, by name, and since when."""
        self._due = 0

    def note(self, items: Iterable[Item], height: int, now: int) -> None:
        """Take notice of those lines that are gone, from top to bottom; the first was one of `height` with all those below it."""
        for item in items:
            height -= 1
            if item.shown:
                continue
            text = item.text
            if height < FOOT:
                _put(self.foot, (height, hints(text)), None)
            elif text[-1:] not in _ENDS and text[:1] not in _BULLETS:
                continue  # most lines of text, soon told
            if text[-1:] in STROKES and _RULE.fullmatch(text):
                _put(self.foot, (_ANYWHERE, text), None)
                _put(self.foot, (_ANYWHERE, text[-1]), None)
            if name := _name(text):
                _put(self.away, name, (item, now))

    def is_of_foot(self, text: str, height: int) -> bool:
        """Tell whether a line was in the same row of the foot before, with `height` lines below it."""
        return height < FOOT and (height, hints(text)) in self.foot

    def find(self, text: str, height: int, now: int, *, rewrapped: bool = False) -> Item | None:
        """Return the line that this one was before: in the same row of the foot, a rule anywhere, or with another bullet or count.

        `rewrapped`: the window has changed its width, and rules with it.
        """
        if self.is_of_foot(text, height) or (text[-1:] in STROKES and self._knows_rule(text, rewrapped)):
            return Item.known(text)
        if not self.away or not (text[:2] == "  " or text[:1] in _BULLETS or "…" in text):
            return None
        name = _name(text)
        item, since = self.away.get(name, (None, 0))
        if item is None or item.shown or item.text == text or now - since > REST_NS:
            return None
        if text[:1] == " " == item.text[:1] and not spinning(text):
            return None  # two lines of text that are indented differently
        del self.away[name]
        self.spinners.pop(name, None)
        return item

    def _knows_rule(self, text: str, rewrapped: bool) -> bool:
        if (_ANYWHERE, text) in self.foot:
            return True
        return rewrapped and (_ANYWHERE, text[-1]) in self.foot and _RULE.fullmatch(text) is not None

    def keep(self, gone: Sequence[Item], on_screen: Iterable[Item], now: int) -> Iterator[Item]:
        """Yield those of the lines that are gone for good; a spinner that goes on elsewhere is none, one that may is held."""
        for item in gone:
            name = spinning(item.text)
            if not name:
                yield item
                continue
            yield from self.release()
            if any(spinning(other.text) == name for other in on_screen):
                item.reported = item.text
            else:
                self.spinners[_name(item.text)] = item, now
                self._due = now + REST_NS
        if self.spinners:
            yield from self.release(now - REST_NS)

    def release(self, until: int | None = None) -> list[Item]:
        """Return the spinners that are held, or only those that have been so since `until`, and hold them no more."""
        names = [name for name, (_, since) in self.spinners.items() if until is None or since <= until]
        return [self.spinners.pop(name)[0] for name in names]

    @property
    def due(self) -> float:
        """From when on `keep` yields a spinner that was held."""
        return self._due if self.spinners else inf

    def held(self) -> Iterable[Item]:
        """Return the lines that are still to be reported."""
        return [item for item, _ in self.spinners.values()]


def _put(memory: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    """Remember something as the latest, and forget the oldest."""
    memory.pop(key, None)
    memory[key] = value
    if len(memory) > _MOST:
        del memory[next(iter(memory))]


def hints(text: str) -> str:
    """Return a line of hints without the blanks that put its end to the right edge of a window; any other as it is."""
    return " ".join(text.split()) if " · " in text else text


def _name(text: str) -> str:
    """Return what stays of a line that may come back in another form; nothing where it would not."""
    if name := spinning(text):
        return f"{name}…"
    return text[2:] if text[1:2] == " " != text[2:3] and (text[0] == " " or text[0] in _BULLETS) else ""
