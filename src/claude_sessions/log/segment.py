"""Segments: what the files of one recording are called, and the seal that closes the last one.

A recording is `ID.jsonl`, `ID.0001.jsonl`, `ID.0002.jsonl` and so on: in order, never renamed, never rewritten
(design, section 4). Each starts with a `start` entry that holds the digest of the one before.
"""

import re

import msgspec

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAME = re.compile(rf"({UUID.pattern})(?:\.([0-9]{{4,}}))?\.jsonl")


class SegmentName(msgspec.Struct, frozen=True, order=True):
    """A segment's file name, taken apart."""

    session_id: str
    number: int

    def __str__(self) -> str:
        part = f".{self.number:04d}" if self.number else ""
        return f"{self.session_id}{part}.jsonl"


def parse_segment_name(file_name: str) -> SegmentName | None:
    """Return the parts of a segment's file name, or None where it is not one."""
    match = _NAME.fullmatch(file_name)
    if match is None:
        return None
    name = SegmentName(match[1], int(match[2] or 0))
    return name if str(name) == file_name else None


def is_session_id(text: str) -> bool:
    """Tell whether `text` is a UUID as we write them: lower case, with dashes."""
    return UUID.fullmatch(text) is not None
