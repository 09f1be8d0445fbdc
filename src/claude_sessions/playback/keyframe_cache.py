"""Keyframes kept from one replay to the next, in the home's cache folder.

Anything odd about them (damage, another version of us, a log that is not the same any more) means that they are made
anew. A log that has grown keeps those it has.
"""

import os
import zlib
from typing import Final

import msgspec

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.log.segment import SegmentName
from claude_sessions.playback.keyframes import Keyframe
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Recording
from claude_sessions.store.shelf import Shelf

_VERSION: Final = 1
_CHECKSUM: Final = 4
_MARK: Final = 4096
"""Bytes of the log before the last keyframe that tell whether it still is the same one."""


class _Stamp(msgspec.Struct, frozen=True, array_like=True):
    """What shows whether a segment was changed."""

    number: int
    device: int
    inode: int
    size: int
    changed_ns: int


class _File(msgspec.Struct, frozen=True):
    version: int
    segments: list[_Stamp]
    mark: bytes
    frames: list[Keyframe]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_File).decode


def shelf(home: Home) -> Shelf:
    """Return where the keyframes of the home's recordings are kept."""
    return Shelf(home, ".keyframes")


def load_keyframes(recording: Recording) -> list[Keyframe]:
    """Return the keyframes that are kept of a recording; none where there are none, or none that are still true."""
    file = shelf(recording.home).open(recording.session_id)
    if file is None:
        return []
    with file:
        try:
            checksum, data = file.read(_CHECKSUM), file.read()
            if int.from_bytes(checksum) != zlib.crc32(data):
                return []
            kept = _decode(data)
            return kept.frames if kept.version == _VERSION and _still_true(kept, recording) else []
        except (ClaudeSessionsError, OSError, *UNDECODABLE):
            return []


def keep_keyframes(recording: Recording, frames: list[Keyframe]) -> None:
    """Keep the keyframes of a recording. Does without where it must."""
    if not frames:
        return
    try:
        data = _encode(_File(_VERSION, _stamps(recording), _mark(recording, frames[-1]), frames))
    except (ClaudeSessionsError, OSError):
        return
    draft = shelf(recording.home).keep(recording.session_id)
    try:
        draft.write(zlib.crc32(data).to_bytes(_CHECKSUM), data)
        draft.finish()
    finally:
        draft.discard()


def _still_true(kept: _File, recording: Recording) -> bool:
    """Tell whether a log is the one that the keyframes were made of, or that with more at its end."""
    if not (kept.frames and kept.segments):
        return False
    now = {stamp.number: stamp for stamp in _stamps(recording)}
    last = kept.segments[-1].number
    for then in kept.segments:
        stamp = now.get(then.number)
        if stamp is None or (stamp.device, stamp.inode) != (then.device, then.inode) or stamp.size < then.size:
            return False
        if stamp.size == then.size and stamp.changed_ns != then.changed_ns:
            return False
        if stamp.size > then.size and then.number != last:
            return False
    return _mark(recording, kept.frames[-1]) == kept.mark


def _stamps(recording: Recording) -> list[_Stamp]:
    stamps = []
    for segment in recording.segments:
        found = os.stat(str(segment), dir_fd=recording.home.folder("logs"), follow_symlinks=False)
        stamps.append(_Stamp(segment.number, found.st_dev, found.st_ino, found.st_size, found.st_ctime_ns))
    return stamps


def _mark(recording: Recording, frame: Keyframe) -> bytes:
    fd = recording.open_segment(SegmentName(recording.session_id, frame.position.segment))
    try:
        begin = max(0, frame.position.offset - _MARK)
        return os.pread(fd, frame.position.offset - begin, begin)
    finally:
        os.close(fd)
