"""What a tool's result shows: its first lines, cut out of the undecoded text where it is long.

A result may have megabytes, of which five lines are shown. Only what is shown is decoded.
"""

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.blocks.formatter import NO_OUTPUT, RESULT_LINES, truncate_result
from claude_sessions.transcript.content import text_of
from claude_sessions.transcript.envelope import Buffer, any_or_none
from claude_sessions.transcript.tools import shorten

LONG = 4096
"""Bytes. A shorter text is decoded as a whole: that is quicker than looking for its lines."""

LONGEST = 256 * 1024
"""Bytes of a result's text that are looked at: without a line break in them it is no text that anybody reads."""

LONGEST_PROGRESS = 76
"""Characters of a running command's last line: 80 with what stands before it."""

RUNNING = "running…"

_LONGEST_ESCAPE = 12
"""`\\ud83d\\ude00`: the most bytes that stand for one character."""

_QUOTE = 0x22
_BRACKET = 0x5B


class _Part(msgspec.Struct, gc=False):
    """One block of a result's content."""

    type: str = ""
    text: msgspec.Raw = msgspec.Raw(b'""')


_decode_parts = msgspec.json.Decoder(list[_Part]).decode
_decode_text = msgspec.json.Decoder(str).decode


def shown_result(content: Buffer) -> str:
    """Return the lines of a tool's result that are shown. `content` is a text, a list of blocks, or null, undecoded."""
    if len(content) <= LONG:
        return truncate_result(whole_result(content))
    view = memoryview(content)
    if view[0] == _QUOTE:
        return truncate_result(_beginning(view))
    if view[0] != _BRACKET:
        return NO_OUTPUT
    try:
        parts = _decode_parts(view)
    except UNDECODABLE:
        return truncate_result(text_of(content))
    texts: list[str] = []
    for part in parts:
        if part.type == "text":
            texts.append(_beginning(memoryview(part.text)))
            if len(texts) > RESULT_LINES or texts[-1].count("\n") >= RESULT_LINES:
                break
    return truncate_result("\n".join(texts))


def whole_result(content: Buffer) -> str:
    """Return all the text of a tool's result: of a list, of its blocks of type text."""
    found = any_or_none(content)
    if isinstance(found, list):
        found = [each for each in found if isinstance(each, dict) and each.get("type") == "text"]
        texts = [each.get("text") for each in found]
        return "\n".join(text for text in texts if isinstance(text, str))
    return found if isinstance(found, str) else ""


def last_line(output: Buffer) -> str:
    """Return the last line of a running command's output that is not blank, cut; `running…` where there is none.

    `output` is an undecoded text: all that the command has printed so far.
    """
    text = bytes(output)
    end = len(text)
    while len(text) > LONG:  # from the end, a line at a time
        start = _last_line_break(text, end)
        if not start:
            break
        found = _last_of(_decoded(b'"' + text[start:end] + (b"" if end == len(text) else b'"')))
        if found:
            return found
        end = start - 2
    return _last_of(_decoded(text)) or RUNNING


def _last_of(text: str) -> str:
    lines = [line for line in text.split("\n") if line.strip()]
    return shorten(lines[-1], LONGEST_PROGRESS) if lines else ""


def _last_line_break(text: bytes, end: int) -> int:
    r"""Return where the last line break that is escaped as `\n` before `end` ends; 0 where there is none."""
    at = text.rfind(b"\\n", 0, end)
    while at >= 0:
        before = at
        while before and text[before - 1] == 0x5C:
            before -= 1
        if (at - before) % 2 == 0:
            return at + 2
        at = text.rfind(b"\\n", 0, at)
    return 0


def _beginning(text: memoryview) -> str:
    """Return so much of an undecoded text that its first lines are in it, and whether there are more of them shows."""
    head = bytes(text[:LONGEST])
    end = 0
    for _ in range(RESULT_LINES):
        end = _line_break(head, end)
        if not end:
            break
    else:
        return _decoded(head[:end] + b'"')
    if len(text) <= LONGEST:
        return _decoded(head)
    for back in range(_LONGEST_ESCAPE + 1):  # not to cut through a character
        try:
            return _decode_text(head[: LONGEST - back] + b'"') + "…"
        except UNDECODABLE:
            continue
    return _decoded(head + b'"') + "…"


def _line_break(text: bytes, start: int) -> int:
    r"""Return where the first line break that is escaped as `\n` ends, from `start` on; 0 where there is none."""
    at = text.find(b"\\n", start)
    while at >= 0:
        before = at
        while before > start and text[before - 1] == 0x5C:
            before -= 1
        if (at - before) % 2 == 0:
            return at + 2
        at = text.find(b"\\n", at + 1)
    return 0


def _decoded(text: bytes) -> str:
    try:
        return _decode_text(text)
    except UNDECODABLE:
        found = any_or_none(text)
        return found if isinstance(found, str) else ""
