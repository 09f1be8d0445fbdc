"""Keyframes kept from one replay to the next: one private file for each recording, in the home's cache folder.

A file is written whole under another name and then takes its place, so two players at once do no harm. Anything odd about it
(damage, another version, a log that is not the same any more) means that the keyframes are made anew. A log that has
grown keeps those it has.
"""

import contextlib
import os
import uuid
import zlib
from typing import Final

import msgspec

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.base.paths import create_private_file, open_for_reading
from claude_sessions.log.segment import SegmentName
from claude_sessions.playback.keyframes import Keyframe
from claude_sessions.store.cache import CACHE
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Recording

SUFFIX: Final = ".keyframes"

LIMIT: Final = 256 << 20
"""Bytes of all files together; a recording of 1 GB has some 3 MB."""

_VERSION: Final = 1
_MARK: Final = 64
"""Bytes of the log before the last keyframe that tell whether it still is the same one."""


class _Stamp(msgspec.Struct, frozen=True, array_like=True):
    """What shows whether a segment was changed."""

    number: int
    device: int
    inode: int
    size: int
    modified_ns: int


class _File(msgspec.Struct, frozen=True):
    version: int
    segments: list[_Stamp]
    mark: bytes
    frames: list[Keyframe]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_File).decode


def load_keyframes(recording: Recording) -> list[Keyframe]:
    """Return the keyframes that are kept of a recording; none where there are none, or none that are still true."""
    try:
        folder = recording.home.folder(CACHE)
        with os.fdopen(open_for_reading(_name(recording), folder), "rb") as file:
            checksum, data = file.read(4), file.read()
            if int.from_bytes(checksum) != zlib.crc32(data):
                return []
            kept = _decode(data)
            os.utime(file.fileno())  # the one that nobody used for the longest time goes first
        return kept.frames if kept.version == _VERSION and _still_true(kept, recording) else []
    except (ClaudeSessionsError, OSError, *UNDECODABLE):
        return []


def keep_keyframes(recording: Recording, frames: list[Keyframe]) -> None:
    """Keep the keyframes of a recording, and let go of others where there are too many. Does without where it must."""
    if not frames:
        return
    temporary = f"{_name(recording)}.{uuid.uuid4().hex}"
    with contextlib.suppress(ClaudeSessionsError, OSError):
        folder = recording.home.folder(CACHE, create=True)
        data = _encode(_File(_VERSION, _stamps(recording), _mark(recording, frames[-1]), frames))
        fd = create_private_file(temporary, folder)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(zlib.crc32(data).to_bytes(4) + data)
            os.rename(temporary, _name(recording), src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(temporary, dir_fd=folder)
            raise
        _tidy(recording.home, folder)


def forget_keyframes(home: Home, session_id: str) -> None:
    """Remove what is kept of a recording: its pictures show what was on the screen."""
    with contextlib.suppress(ClaudeSessionsError, OSError):
        os.unlink(session_id + SUFFIX, dir_fd=home.folder(CACHE))


def _name(recording: Recording) -> str:
    return recording.session_id + SUFFIX


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
        if stamp.size == then.size and stamp.modified_ns != then.modified_ns:
            return False
        if stamp.size > then.size and then.number != last:
            return False
    return _mark(recording, kept.frames[-1]) == kept.mark


def _stamps(recording: Recording) -> list[_Stamp]:
    stamps = []
    for segment in recording.segments:
        found = os.stat(str(segment), dir_fd=recording.home.folder("logs"), follow_symlinks=False)
        stamps.append(_Stamp(segment.number, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns))
    return stamps


def _mark(recording: Recording, frame: Keyframe) -> bytes:
    fd = recording.open_segment(SegmentName(recording.session_id, frame.position.segment))
    try:
        begin = max(0, frame.position.offset - _MARK)
        return os.pread(fd, frame.position.offset - begin, begin)
    finally:
        os.close(fd)


def _tidy(home: Home, folder: int) -> None:
    """Remove what belongs to no recording any more, and the oldest of what is too much."""
    kept = []
    for name in os.listdir(folder):
        session_id, found, rest = name.partition(SUFFIX)
        if not found or rest:
            continue
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if _has_log(home, session_id):
            kept.append((status.st_mtime_ns, status.st_size, name))
        else:
            os.unlink(name, dir_fd=folder)
    size = sum(each for _, each, _ in kept)
    for _, each, name in sorted(kept):
        if size <= LIMIT:
            return
        os.unlink(name, dir_fd=folder)
        size -= each


def _has_log(home: Home, session_id: str) -> bool:
    with contextlib.suppress(OSError):
        os.stat(str(SegmentName(session_id, 0)), dir_fd=home.folder("logs"), follow_symlinks=False)
        return True
    return False
