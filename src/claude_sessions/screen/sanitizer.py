"""What of a recording may reach a terminal: an allow-list (design, section 5).

A log is foreign data: whoever could print on the recorded screen has written in it. Passed on are plain text, colours and
styles (SGR), cursor moves, saving and restoring the cursor, its visibility and shape, erasing, scrolling and its region, inserting and deleting,
the alternate screen, synchronized output, wrapping, insert mode, line drawing characters, and links to http and https. Dropped is everything
else, above all what makes a terminal answer (the answers would be typed at the next prompt), what reads or writes the clipboard, titles,
colours, modes that change what keys and mouse send, window operations, printing, and the strings of DCS, APC, PM
and SOS. Erasing the scrollback is dropped as well: it is the viewer's own. So is BEL.

Three things are rewritten: a sequence with several modes keeps those allowed; a full reset becomes a clear screen; a
link of another kind ends the link before it.

Output is valid UTF-8, invalid bytes become U+FFFD, and has no C1 control in any coding, so the terminal is taken to be one that understands UTF-8.
"""

import codecs
import re
from typing import Final

import re2

_LONGEST_LINK: Final = 2200
_LONGEST_CONTROL: Final = 256

_MODES: Final = (b"25", b"2026", b"1049", b"7", b"6", b"5", b"47", b"1047", b"1048")
_MODE: Final = rb"(?:" + b"|".join(_MODES) + rb")"
_PLAIN_FINALS: Final = rb"mHCGKABDEFILMPXZ`adefr@"

_ALLOWED: Final = rb"|".join((
    rb"\[(?:[0-9]{0,5}+(?:;[0-9]{0,5}+){0,2}+[" + _PLAIN_FINALS + rb"]",
    rb"(?![0-9;:]*[0-9]{6})[0-9;:]{0,127}+[" + _PLAIN_FINALS + rb"]",
    rb"\?" + _MODE + rb"[hl]",
    rb"[0-2]?J",
    rb"\?[0-2]?[JK]",
    rb"[0-9]{0,5}[ST]",
    rb"[0-9]{0,3}b",  # repeating a character more often than a screen is wide would only waste time
    rb"[0-6]? q",
    rb"[su]",
    rb"4[hl]",
    rb"!p)",
    rb"[78DEM]",
    rb"[()][0AB]",
))  # fmt: skip

_BYTES: Final = re2.Options()
_BYTES.encoding = re2.Options.Encoding.LATIN1

# Finds whatever may be not allowed, three times as fast as _NOT_ALLOWED, which then decides; most redraws hold nothing of it.
_SUSPECT = re2.compile(
    rb"\x1b(?:[^\[78DEM()]|[()][^0AB]|\[(?:"
    rb"[0-9;:]*(?:[^?J0-9;:" + _PLAIN_FINALS + rb"]|[0-9]{6})|[0-9;:]{128}"
    rb"|(?:[0-9]{2,}|[0-9;:]*[3-9;:][0-9;:]*)J"
    rb"|[0-9;:]+\?"
    rb"|\?(?:[^21]|2[^50]|25[^hl]|20[^2]|202[^6]|2026[^hl]|1[^0]|10[^4]|104[^9]|1049[^hl])))",
    _BYTES,
)

# A whole sequence that is not allowed as it stands. None contains a second ESC: that ends any sequence, as in a terminal.
_NOT_ALLOWED = re.compile(
    rb"\x1b(?!" + _ALLOWED + rb")(?:"
    rb"\[[ -?]{0,%d}+[@-~]?"
    rb"|\][^\x07\x18\x1a\x1b]*+[\x07\x18\x1a]?"
    rb"|[P^_Xk][^\x18\x1a\x1b]*+"
    rb"|[ -/]{1,8}+[0-~]?"
    rb"|[0-~])?" % _LONGEST_CONTROL
)
# The beginning of a sequence that the next piece may complete. Strings other than links are not kept: see _STRING.
_CUT = re.compile(
    rb"\x1b(?:\[[ -?]{0,%d}|[ -/]{1,8}|\](?:8(?:;[^\x07\x18\x1a\x1b]{0,%d})?)?)?" % (_LONGEST_CONTROL, _LONGEST_LINK)
)
_LONGEST_CUT: Final = _LONGEST_LINK + len(b"\x1b]8;")
_STRING = re.compile(rb"\x1b([\]P^_Xk])[^\x1b\x18\x1a]*")
_OSC_ENDS = re.compile(rb"[\x07\x18\x1a\x1b]")
_STRING_ENDS = re.compile(rb"[\x18\x1a\x1b]")

_LINK = re.compile(rb"\x1b\]8;([^;]*);(https?://[!-~]+)\x07?")
_LINK_ID = re.compile(rb"(?:^|:)(id=[A-Za-z0-9._-]{1,64})(?:$|:)")
_END_LINK: Final = b"\x1b]8;;\x1b\\"
_CLEAR: Final = b"\x1b[?1049l\x1b[!p\x1b[m\x1b[H\x1b[2J"
_PRIVATE_MODES = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")

_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_CONTROLS: Final = bytes({*range(0x20), 0x7F} - {*b"\b\t\n\v\f\r\x0e\x0f\x1b"})


class Sanitizer:
    """A streaming filter: `feed` bytes of any chunking, get what may be shown. What is cut off at the end is never shown.

    At most a few kilobytes are held back, whatever comes.
    """

    def __init__(self) -> None:
        self._character = b""
        self._sequence = b""
        self._dropping: re.Pattern[bytes] | None = None

    def feed(self, data: bytes) -> bytes:
        """Return what of `data`, and of what was held back before it, may be shown."""
        data = self._valid(data)
        if self._dropping:
            end = self._dropping.search(data)
            if end is None:
                return b""
            data = data[end.start() :]
            self._dropping = None
        data = self._sequence + data
        self._sequence = b""
        last = data.rfind(b"\x1b")
        if last >= 0:
            complete = self._cut_off(data, last)
            suspect = _SUSPECT.search(data)  # in all of it: what is cut off interrupts the sequence before
            if suspect and suspect.start() < complete:
                data = data[: suspect.start()] + _NOT_ALLOWED.sub(_replacement, data[suspect.start() : complete])
            else:
                data = data[:complete]
        return data.translate(None, _CONTROLS)

    def _valid(self, data: bytes) -> bytes:
        """Return the UTF-8 without C1 controls; the beginning of a character at the end waits."""
        if self._character:
            data = self._character + data
            self._character = b""
        if data.isascii():
            return data
        try:
            used = codecs.utf_8_decode(data, "strict", False)[1]
        except UnicodeDecodeError:
            text, used = codecs.utf_8_decode(data, "replace", False)
            self._character = data[used:]
            data = text.encode()
        else:
            if used < len(data):
                self._character = data[used:]
                data = data[:used]
        return _C1.sub(b"", data) if b"\xc2" in data else data

    def _cut_off(self, data: bytes, last: int) -> int:
        """Return where `data` is complete: before the last sequence if its end is missing. Keep that, or drop what is to come of it."""
        if len(data) - last <= _LONGEST_CUT and _CUT.fullmatch(data, last):
            self._sequence = data[last:]
            return last
        string = _STRING.fullmatch(data, last)
        if string is None or (string[1] == b"]" and b"\x07" in string[0]):
            return len(data)
        self._dropping = _OSC_ENDS if string[1] == b"]" else _STRING_ENDS
        return last


def _replacement(match: re.Match[bytes]) -> bytes:
    """Return what stands in place of a sequence that is not allowed as it is."""
    sequence = match[0]
    if sequence.startswith(b"\x1b[?"):
        modes = _PRIVATE_MODES.fullmatch(sequence)
        kept = [mode for mode in modes[1].split(b";") if mode in _MODES] if modes else []
        return b"\x1b[?%s%s" % (b";".join(kept), modes[2]) if modes and kept else b""
    if sequence.startswith(b"\x1b]8;"):
        return _link(sequence)
    return _CLEAR if sequence == b"\x1bc" else b""


def _link(sequence: bytes) -> bytes:
    """Return the link in our own words, or the end of a link where it leads elsewhere."""
    if len(sequence.rstrip(b"\x07\x18\x1a")) > _LONGEST_CUT or sequence.endswith((b"\x18", b"\x1a")):
        return b""  # too long to have been kept if it had been cut, or given up by the program
    link = _LINK.fullmatch(sequence)
    if link is None:
        return _END_LINK
    name = _LINK_ID.search(link[1])
    return b"\x1b]8;%s;%s\x1b\\" % (name[1] if name else b"", link[2])
