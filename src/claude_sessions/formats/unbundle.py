"""Reading a bundle: segments byte by byte as they were, believed only where the digests of its manifest are theirs."""

import hashlib
import os
from collections.abc import Iterator

import msgspec

from claude_sessions.base.errors import MalformedEntryError
from claude_sessions.base.foreign import UNDECODABLE, why_undecodable
from claude_sessions.base.ids import new_session_id
from claude_sessions.formats.bundle import FORMAT, MANIFEST, STATE, TRANSCRIPTS, VERSION, Manifest
from claude_sessions.formats.foreign import Foreign, refuse
from claude_sessions.formats.packed_tar import Member, read_members
from claude_sessions.formats.staging import Staging
from claude_sessions.log.decode import MAX_LINE, decode_line
from claude_sessions.log.segment import SegmentName, is_session_id, parse_segment_name
from claude_sessions.store.ends import first_line
from claude_sessions.store.state import MAX_SIZE as LARGEST_STATE
from claude_sessions.store.state import State

_LARGEST_MANIFEST = 16 * 1024 * 1024
_MOST_FILES = 100_000


class Unbundled(msgspec.Struct, frozen=True):
    """What a bundle held. The segments are staged, not published."""

    session_id: str
    """The id that it gets here."""
    names: dict[str, str]
    """The names of the segments where they change."""
    state: bytes
    transcripts: int
    """How many transcripts of Claude's are in it."""


def read_bundle(source: Foreign, staging: Staging) -> Unbundled:
    """Stage the segments of a bundle. Raises ForeignFileError where anything in it is not as its manifest says."""
    reader = _Reader(source, staging)
    for member in read_members(source):
        reader.take(member)
    return reader.finish()


class _Reader:
    def __init__(self, source: Foreign, staging: Staging) -> None:
        self._source = source
        self._staging = staging
        self._session_id = ""
        self._segments: set[int] = set()
        self._found: dict[str, tuple[int, str]] = {}
        self._state = b""
        self._manifest: Manifest | None = None

    def take(self, member: Member) -> None:
        """Take the next file."""
        folder, _, name = member.name.partition("/")
        if not is_session_id(folder) or not name:
            if member.name == MANIFEST:
                raise refuse(
                    self._source.name, "it holds no recording; claude-sessions archive import takes conversations"
                )
            raise refuse(self._source.name, f"{member.name[:100]!r} does not belong into a bundle of a recording")
        self._session_id = self._session_id or folder
        if folder != self._session_id:
            raise refuse(self._source.name, "it holds more than one recording")
        if name in self._found or len(self._found) >= _MOST_FILES:
            raise refuse(self._source.name, f"{name[:100]!r} stands in it twice, or it has too many files")
        if name == MANIFEST:
            if self._manifest is not None:
                raise refuse(self._source.name, "it has two manifests")
            self._manifest = self._read_manifest(member)
            return
        digest = hashlib.sha256()
        for piece in self._kept(member, name):
            digest.update(piece)
        self._found[name] = (member.size, digest.hexdigest())

    def finish(self) -> Unbundled:
        """Compare with the manifest, and choose the id under which the recording will stand."""
        if self._manifest is None:
            raise refuse(self._source.name, "it has no manifest: it is no bundle of claude-sessions export, or cut off")
        claimed = {member.name: (member.size, member.sha256) for member in self._manifest.files}
        for name in sorted({*claimed, *self._found}):
            if claimed.get(name) != self._found.get(name):
                raise refuse(self._source.name, f"{name[:100]!r} is not what the manifest says: the file is damaged")
        if not self._segments:
            raise refuse(self._source.name, "there is no log in it")
        self._check_first_line()
        session_id = self._session_id
        while self._staging.is_taken(session_id):
            session_id = new_session_id()
        names = {
            str(SegmentName(self._session_id, number)): str(SegmentName(session_id, number))
            for number in self._segments
        }
        transcripts = sum(name.startswith(TRANSCRIPTS + "/") for name in self._found)
        return Unbundled(session_id, names, self._state, transcripts)

    def _kept(self, member: Member, name: str) -> Iterator[bytes]:
        """Yield the pieces of a file, and keep what of it belongs here."""
        segment = parse_segment_name(name)
        if name == STATE:
            self._state = self._small(member, LARGEST_STATE)
            yield self._state
        elif segment is not None and segment.session_id == self._session_id:
            self._segments.add(segment.number)
            yield from self._staged(member, name)
        else:
            yield from member.pieces

    def _staged(self, member: Member, name: str) -> Iterator[bytes]:
        """Yield the pieces of a segment, and write them; ForeignFileError where a line is longer than readers take."""
        fd = self._staging.create(name)
        number, length = 1, 0
        for piece in member.pieces:
            end = piece.find(b"\n")
            if length + (end if end >= 0 else len(piece)) > MAX_LINE:
                raise refuse(f"{self._source.name}, {name}, line {number}", f"it is longer than {MAX_LINE} bytes")
            number += piece.count(b"\n")
            length = len(piece) - 1 - piece.rfind(b"\n") if end >= 0 else length + len(piece)
            left = memoryview(piece)
            while left:
                left = left[os.write(fd, left) :]
            yield piece

    def _small(self, member: Member, limit: int) -> bytes:
        if member.size > limit:
            raise refuse(self._source.name, f"{member.name[:100]!r} in it is longer than {limit} bytes")
        return b"".join(member.pieces)

    def _read_manifest(self, member: Member) -> Manifest:
        text = self._small(member, _LARGEST_MANIFEST)
        try:
            manifest = msgspec.json.decode(text, type=Manifest)
        except UNDECODABLE as error:
            raise refuse(self._source.name, f"its manifest cannot be read ({why_undecodable(error)})") from None
        if manifest.format != FORMAT or manifest.version != VERSION:
            raise refuse(self._source.name, "its manifest is of another format or a later version")
        if manifest.session_id != self._session_id:
            raise refuse(self._source.name, "its manifest is that of another recording")
        return manifest

    def _check_first_line(self) -> None:
        fd = self._staging.open(str(SegmentName(self._session_id, min(self._segments))))
        try:
            decode_line(first_line(fd))
        except MalformedEntryError as error:
            raise refuse(self._source.name, f"its log does not begin with an entry ({error})") from None
        finally:
            os.close(fd)
        if self._state:
            try:
                msgspec.json.decode(self._state, type=State)
            except UNDECODABLE as error:
                raise refuse(self._source.name, f"{STATE} in it cannot be read ({why_undecodable(error)})") from None
