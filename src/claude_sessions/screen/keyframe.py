"""A whole screen as bytes that draw it: what a recording that is entered in the middle begins with.

avt describes its state itself (both screens, pens, margins, tab stops, saved cursors), in a form for itself alone: 8-bit
controls that terminals print as garbage, sequences that few of them know. Here that becomes what every terminal
understands. What avt does not know, the modes of keys and mouse, comes from the mode tracker.
"""

import re

from claude_sessions.screen.emulator import Emulator
from claude_sessions.screen.modes import ModeTracker

_ENTER_ALTERNATE = "\x9b?1047h"
_ENTERING = re.compile(rb"\x1b\[\?(?:1049|1047|47)h")

_PRIVATE_MODES = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_AVTS = frozenset({b"1", b"6", b"7", b"25"})

_REPEATED = re.compile(r"(.)\x1b\[([0-9]+)b", re.DOTALL)
_COLOUR = re.compile(r"\x1b\[[0-9;:]*:[0-9;:]*m")
_TAB_STOP = re.compile(r"\x9b([0-9]+)`\x1b\[W")
_NO_TAB_STOPS = "\x9b5W"
_C1 = re.compile("[\x80-\x9f]")


def keyframe(emulator: Emulator, modes: ModeTracker | None = None) -> bytes:
    """Return what makes a newly reset terminal of the same size look and go on as this one, in 7-bit sequences.

    With `modes` it also sets the modes of keys, mouse and cursor shape. Lines that have scrolled off are not in it.
    """
    dump, held_back = emulator.dump()
    dump = _without_blanks(dump, emulator.size[0])
    before, after = _split(_PRIVATE_MODES.sub(_without_avts, modes.redo())) if modes is not None else (b"", b"")
    if emulator.alternate:
        main, entering, alternate = dump.partition(_ENTER_ALTERNATE)
        drawn = [_seven_bit(main), before, _seven_bit(entering + alternate)]
    else:
        drawn = [_seven_bit(dump)]
        after = before + after
    return b"".join([*_before_the_unfinished(drawn, after), held_back])


def _without_avts(setting: re.Match[bytes]) -> bytes:
    """Return `? modes h` (or `l`) without the modes that avt follows itself: it also knows of those that ESC 8 restores."""
    left = [mode for mode in setting[1].split(b";") if mode not in _AVTS]
    return b"\x1b[?%b%b" % (b";".join(left), setting[2]) if left else b""


def _split(redo: bytes) -> tuple[bytes, bytes]:
    """Return the modes to set on the main screen, and those to set after the alternate one was entered."""
    entering = _ENTERING.search(redo)
    return (redo[: entering.start()], redo[entering.end() :]) if entering else (redo, b"")


def _before_the_unfinished(drawn: list[bytes], modes: bytes) -> list[bytes]:
    """Put the modes before the beginning of a sequence that the dump may end with."""
    last = drawn[-1]
    escape = last.rfind(b"\x1b")
    if modes and escape >= 0 and not _FINISHED.match(last, escape):
        return [*drawn[:-1], last[:escape], modes, last[escape:]]
    return [*drawn, modes]


_FINISHED = re.compile(rb"\x1b(?:\[[0-?]*[@-~]|[()].|[78HM=>])")


def _without_blanks(dump: str, columns: int) -> str:
    """Leave out the blanks that fill the rows of a dump: a new terminal has them.

    Not those that have a colour, and not those of a row that goes on in the next one: without them it would not.
    """
    plain = True

    def left(found: re.Match[str]) -> str:
        nonlocal plain
        if found["pen"] is not None:
            plain = found["pen"] in ("", "0")
            return found[0]
        width = sum(1 + int(more or 0) for more in _BLANK.findall(found["blanks"]))
        alone = _ROW_BEGINS.search(dump[max(0, found.start() - 20) : found.start()])
        return "" if plain and (width < columns or (alone and width == columns)) else found[0]

    return _PEN_OR_BLANKS.sub(left, dump)


_ROW_BEGINS = re.compile(r"(?:^|\n|(?:\x1b\[|\x9b)[0-9;]+H)\Z")
_BLANK = re.compile(r" (?:\x1b\[([0-9]+)b)?")
_PEN_OR_BLANKS = re.compile(
    r"\x1b\[(?P<pen>[0-9;:]*)m|(?P<blanks>(?: (?:\x1b\[[0-9]+b)?)++)(?=\r\n|\x9b|\x1b\[(?:m|[0-9;]+H))"
)


def _seven_bit(dump: str) -> bytes:
    text = _REPEATED.sub(lambda found: found[1] * (int(found[2]) + 1), dump)
    text = _COLOUR.sub(lambda found: found[0].replace(":", ";"), text)
    text = _TAB_STOP.sub("\x1b[\\1G\x1bH", text).replace(_NO_TAB_STOPS, "\x1b[3g")
    return _C1.sub(lambda found: "\x1b" + chr(ord(found[0]) - 0x40), text).encode()
