"""What the archive knows of a session: where it came from, and every file of it with size and digest.

It lies beside the session's packed files as `SESSION.json` and is written last: a packed file that it does not know yet
is measured anew (`packing.measured`), never trusted and never thrown away.
"""

import os

import msgspec

from claude_sessions.base.errors import UsageError
from claude_sessions.base.foreign import UNDECODABLE, why_undecodable
from claude_sessions.base.paths import create_private_file, open_for_reading
from claude_sessions.transcript.packed import PACKED

VERSION = 1
SUFFIX = ".json"
MAX_SIZE = 64 * 1024 * 1024
MOST_FILES = 100_000
_LONGEST_NAME = 255 - len(".9999.zst")
"""In bytes: the archive adds something to every name."""

_OF_THE_ARCHIVE = (SUFFIX, PACKED)
"""How its own files' names end; a folder with such a name could stand in the place of one."""

_DEEPEST = 8


class Earlier(msgspec.Struct, frozen=True):
    """A copy of what a transcript was before it was cut or replaced."""

    name: str
    """Of the packed file, which lies in the same folder."""
    size: int
    digest: str


class FileRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file of a session."""

    path: str
    """`SESSION.jsonl`, `SESSION/subagents/agent-ID.jsonl` …: from the project's folder on."""
    size: int
    """Unpacked, in bytes: as much of the original as is archived."""
    digest: str
    """SHA-256 of that, in hexadecimal."""
    mtime_ns: int = 0
    """When Claude Code wrote to the original last."""
    packed_size: int = 0
    frames: int = 1
    """How many Zstandard frames the packed file has: one more for every time that the original had grown."""
    earlier: tuple[Earlier, ...] = ()
    """The first one first."""
    aside: str = ""
    """The packed file's name, where it is an earlier copy that is meant (`copies`): no manifest has that."""


class Manifest(msgspec.Struct, frozen=True):
    """One session."""

    session_id: str
    directory: str = ""
    """The project's directory, from which `claude --resume` finds the session; empty where its entries do not tell."""
    slug: str = ""
    """The name of the project's folder."""
    projects: str = ""
    """The path of the folder of all projects that it was in."""
    claude_version: str = ""
    archived: str = ""
    """When it was archived last, RFC 3339."""
    ended_ns: int = 0
    """The time that the end of the transcript names; 0 where there is none."""
    files: tuple[FileRecord, ...] = ()
    version: int = VERSION

    @property
    def size(self) -> int:
        """Bytes of all files, unpacked."""
        return sum(record.size for record in self.files)

    @property
    def packed_size(self) -> int:
        """Bytes of all packed files."""
        return sum(record.packed_size for record in self.files)

    @property
    def written_ns(self) -> int:
        """When it was written last: a file may be younger than what is in it, after it was restored."""
        return self.ended_ns or max((record.mtime_ns for record in self.files), default=0)


def decode_manifest(text: bytes, name: str) -> Manifest:
    """Decode a manifest, whoever wrote it. UsageError, which names it by `name`, where it cannot be used."""
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except UNDECODABLE as error:
        raise UsageError(f"{name} is no manifest of a session: {why_undecodable(error)}") from None
    if manifest.version != VERSION:
        raise UsageError(f"{name} has version {manifest.version}; this program reads version {VERSION}")
    if not is_folder(manifest.session_id) or len(manifest.files) > MOST_FILES:
        raise UsageError(f"{name} cannot be meant: {len(manifest.files)} files of session {manifest.session_id!r}")
    paths: set[str] = set()
    for record in manifest.files:
        if not belongs(record.path, manifest.session_id) or record.path in paths or record.size < 0:
            raise UsageError(f"{name} names a file that cannot belong to the session: {record.path!r}")
        if record.aside or not all(is_name(copy.name) and copy.size >= 0 for copy in record.earlier):
            raise UsageError(f"{name} names an earlier copy that cannot be one of {record.path!r}")
        paths.add(record.path)
    return manifest


def belongs(path: str, session_id: str) -> bool:
    """Tell whether a path can be that of one of a session's files: its transcript, one below its folder, an old agent's."""
    *folders, name = path.split("/")
    if not (is_name(name) and all(map(is_folder, folders))) or len(folders) >= _DEEPEST:
        return False
    if folders:
        return folders[0] == session_id
    return name == f"{session_id}.jsonl" or (name.startswith("agent-") and name.endswith(".jsonl"))


def is_folder(text: str) -> bool:
    """Tell whether a text can be the name of one folder, in the archive too."""
    return is_name(text) and not text.endswith(_OF_THE_ARCHIVE)


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of one file, in one folder, on every machine."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return False
    return 0 < size <= _LONGEST_NAME and text not in {".", ".."} and not set(text) & set("/\\\0") and text.isprintable()


def read_manifest(session_id: str, folder: int, place: str) -> Manifest | None:
    """Return a session's manifest, None where there is none; `place` names the folder for people."""
    name = session_id + SUFFIX
    try:
        fd = open_for_reading(name, folder)
    except FileNotFoundError:
        return None
    with os.fdopen(fd, "rb") as file:
        return decode_manifest(file.read(MAX_SIZE), f"{place}/{name}")


def write_manifest(manifest: Manifest, folder: int) -> None:
    """Write a session's manifest in place of the one that is there."""
    name = manifest.session_id + SUFFIX
    temporary = f".{os.getpid()}.manifest"
    fd = create_private_file(temporary, folder)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
            file.flush()
            os.fsync(fd)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)
