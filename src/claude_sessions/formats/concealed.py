"""Concealed text (SGR 8) for pictures: the emulator does not know of it, but of blinking text, which no picture shows.

So in what is drawn for a picture the one is written as the other.
"""

import re

_CONCEALED, _REVEALED = "8", "28"
_BLINKING, _STEADY = "5", "25"
_INSTEAD = {
    _CONCEALED: _BLINKING,
    _REVEALED: _STEADY,
    _BLINKING: "",
    "6": "",
    _STEADY: "",
}
BLINKING = int(_BLINKING)
"""What the style of concealed text has among its parameters."""

_PENS = re.compile(rb"\x1b\[([0-9;:]+)m")
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-9;:]{0,200})?\Z")
_COLOURS = ("38", "48", "58")
_LENGTHS = {"2": 4, "5": 2}
"""Parameters that belong to a colour, by the first of them."""


class Concealer:
    """Takes the output of a program in pieces, cut anywhere, and returns it as above."""

    def __init__(self) -> None:
        self._rest = b""

    def __call__(self, data: bytes) -> bytes:
        """Return what to draw; the beginning of a sequence waits for its end."""
        data = self._rest + data
        unfinished = _UNFINISHED.search(data)
        cut = unfinished.start() if unfinished else len(data)
        self._rest = data[cut:]
        return _PENS.sub(_rewritten, data[:cut])


def _rewritten(pen: re.Match[bytes]) -> bytes:
    parameters = pen[1].decode().split(";")
    if not _INSTEAD.keys() & {parameter.lstrip("0") for parameter in parameters}:
        return pen[0]
    found: list[str] = []
    at = 0
    while at < len(parameters):
        name = parameters[at].lstrip("0")
        length = 1 + _LENGTHS.get("".join(parameters[at + 1 : at + 2]), 0) if name in _COLOURS else 1
        found += parameters[at : at + length] if length > 1 else [_INSTEAD.get(name, parameters[at])]
        at += length
    kept = [parameter for parameter, given in zip(found, parameters, strict=True) if parameter or not given]
    return b"\x1b[%bm" % ";".join(kept).encode() if kept else b""
