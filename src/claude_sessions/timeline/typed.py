"""What was typed, as text: without mouse and focus reports, the terminal's answers, and keys that write nothing."""

import codecs
import re
from collections.abc import Iterable, Iterator

from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import INPUT, START, Entry
from claude_sessions.timeline.lines import Line
from claude_sessions.timeline.moment import EntryClock

_KEY = re.compile(
    r"\x1b\[M..."  # a mouse report in the oldest form: three bytes that may look like anything
    r"|\x1b\[(?P<parameters>[0-?]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b[]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1bO."
    r"|\x1b[\r\n]"
    r"|\x1b[^\[\]PX^_O\x1b]"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|(?P<control>[\x00-\x1f\x7f-\x9f])",
    re.DOTALL,
)
_UNFINISHED = re.compile(r"\x1b(?:\[(?:[0-?]*[ -/]*|M.{0,2})|[]PX^_][^\x07\x1b]*\x1b?|O)?", re.DOTALL)
_LONGEST = 4096
"""A sequence that goes on for longer has no end: it is dropped."""

_LAST_CONTROL = 0x9F
_CTRL_H, _LINE_FEED, _ENTER, _BLANK, _BACKSPACE = 8, 10, 13, 32, 127
_CTRL_OR_ALT = 0b110
_RELEASED = ":3"


def typed(entries: Iterable[Entry | BadLine]) -> Iterator[Line]:
    """Yield each line that was typed or pasted, at the time of its end (Enter); what backspace took back is gone."""
    reader = KeyboardReader()
    for entry in entries:
        if not isinstance(entry, BadLine):
            yield from reader.read(entry)
    yield from reader.finish()


class KeyboardReader:
    """The same step by step, for who follows a recording: `read` every entry, and `finish`."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._clock = EntryClock()
        self._rest = ""
        self._line: list[str] = []
        self._found: list[Line] = []
        self._now = 0

    def read(self, entry: Entry) -> list[Line]:
        """Take the next entry and return the lines that it ended."""
        if entry.direction in (INPUT, START):
            self._now = self._clock.read(entry.timestamp)
            if entry.direction == INPUT:
                self._type(self._rest + self._decode(entry.data))
        return self._take()

    def pause(self, quiet_ns: int = 0) -> list[Line]:
        """Return the lines that are complete if nothing more comes for now: none, a line ends with Enter."""
        del quiet_ns
        return []

    @property
    def started_ns(self) -> int:
        """When the recording began; 0 before its first entry was read."""
        return self._clock.started or 0

    def earliest(self) -> int:
        """Return a time (as `Line.time_ns`) before which no line is that is still to come."""
        return self._now

    def finish(self) -> list[Line]:
        """Return what was typed last, without an Enter."""
        self._enter()
        return self._take()

    def _take(self) -> list[Line]:
        found, self._found = self._found, []
        return found

    def _type(self, text: str) -> None:
        self._rest = ""
        last = text.rfind("\x1b")
        for begin in (text.rfind("\x1b", 0, max(last, 0)), last):  # the last one may be half of a string's end
            if begin >= 0 and _UNFINISHED.fullmatch(text, begin):
                if len(text) - begin <= _LONGEST:
                    self._rest = text[begin:]
                text = text[:begin]
                break
        for match in _KEY.finditer(text):
            if match["text"]:
                self._line += match["text"]
            elif match["control"]:
                self._press(ord(match["control"]))
            elif match["final"]:
                self._press(_key_code(match["parameters"], match["final"]))
            elif match[0] in ("\x1b\r", "\x1b\n"):
                self._enter()

    def _press(self, code: int) -> None:
        if code in (_ENTER, _LINE_FEED):
            self._enter()
        elif code in (_BACKSPACE, _CTRL_H):
            del self._line[-1:]
        elif _BLANK <= code < _BACKSPACE or code > _LAST_CONTROL:
            self._line.append(chr(code))

    def _enter(self) -> None:
        text = "".join(self._line)
        self._line.clear()
        if text.strip():
            self._found.append(Line(text, self._now, self._clock.offset_s(self._now)))


def _key_code(parameters: str, final: str) -> int:
    """Return the character of a key that comes as a sequence (kitty `CSI u`, modifyOtherKeys `CSI 27 ~`); 0 if none."""
    fields = parameters.split(";")
    if final == "u":
        key, modifiers = fields[0], fields[1] if len(fields) > 1 else "1"
    elif final == "~" and len(fields) == 3 and fields[0] == "27":
        key, modifiers = fields[2], fields[1]
    else:
        return 0
    key = key.partition(":")[0]
    held = modifiers.partition(":")[0] or "1"
    if not (key.isdigit() and held.isdigit()) or len(key) > 7 or len(held) > 4 or modifiers.endswith(_RELEASED):
        return 0
    code = int(key)
    if code == _ENTER:
        return code
    if (int(held) - 1) & _CTRL_OR_ALT or 0xE000 <= code <= 0xF8FF or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return 0
    return code if chr(code).isprintable() or code == _BACKSPACE else 0
