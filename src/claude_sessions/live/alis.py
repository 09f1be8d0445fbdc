"""ALiS version 1: a live terminal as binary WebSocket messages, which asciinema's player understands (subprotocol `v1.alis`).

The first message is MAGIC. Then comes `init`, with the whole screen, and after it events, each with its number and the microseconds
since the event before; another `init` may come at any time and replaces everything. Numbers are unsigned LEB128, texts UTF-8 with their
length in bytes before them (asciinema: alis_v1; asciinema-player: alis.js).
"""

MAGIC = b"ALiS\x01"
SUBPROTOCOL = "v1.alis"

_INIT = b"\x01"
_END = b"\x04"
_NO_THEME = b"\x00"


def init(last: int, time_us: int, size: tuple[int, int], screen: bytes) -> bytes:
    """Return the state after the event with number `last`: its absolute time, columns and rows, and what draws the screen."""
    columns, rows = size
    return b"".join((_INIT, *map(_leb128, (last, time_us, columns, rows)), _NO_THEME, _text(screen)))


def output(number: int, after_us: int, text: str) -> bytes:
    """Return output of the terminal."""
    return b"o" + _leb128(number) + _leb128(after_us) + _text(text.encode(errors="replace"))


def marker(number: int, after_us: int, label: str) -> bytes:
    """Return a marker."""
    return b"m" + _leb128(number) + _leb128(after_us) + _text(label.encode(errors="replace"))


def resize(number: int, after_us: int, size: tuple[int, int]) -> bytes:
    """Return another size of the terminal, in columns and rows."""
    return b"r" + b"".join(map(_leb128, (number, after_us, *size)))


def leave(number: int, after_us: int, status: int) -> bytes:
    """Return that the program ended with an exit status."""
    return b"x" + b"".join(map(_leb128, (number, after_us, max(status, 0))))


def end(number: int, after_us: int) -> bytes:
    """Return that nothing more comes."""
    return _END + _leb128(number) + _leb128(after_us)


def _text(data: bytes) -> bytes:
    return _leb128(len(data)) + data


def _leb128(value: int) -> bytes:
    """Return a number that is not negative, seven bits a byte, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
