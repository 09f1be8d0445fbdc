"""Recorded bytes as text for formats that hold nothing else: joined over entries, and what is no UTF-8 is counted."""

import codecs

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_GENUINE = _REPLACEMENT.encode()

_decode = codecs.utf_8_decode


class TextJoiner:
    """Decodes one direction's bytes, cut anywhere: the beginning of a character waits for its end."""

    def __init__(self) -> None:
        self.replaced = 0
        """How many invalid stretches have become U+FFFD."""
        self._rest = b""

    def __call__(self, data: bytes, final: bool = False) -> str:
        """Return the text that is complete by `data`."""
        if self._rest:
            data = self._rest + data
        try:
            text, used = _decode(data, "strict", final)
        except UnicodeDecodeError:
            text, used = _decode(data, "replace", final)
            self.replaced += text.count(_REPLACEMENT) - data.count(_GENUINE, 0, used)
        self._rest = data[used:]
        return text

    def finish(self) -> str:
        """Return what the beginning of a character that never ended becomes: empty where there is none."""
        return self(b"", final=True)
