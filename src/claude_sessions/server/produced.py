"""Answers that are files: made first, then sent in pieces, also from the middle on (RFC 9110, section 14)."""

import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple

import trio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from claude_sessions.server.errors import Refusal

_PIECE = 256 * 1024
_RANGE = re.compile(r"bytes=(?:([0-9]{1,15})-([0-9]{1,15})?|-([0-9]{1,15}))", re.ASCII)


class Produced(NamedTuple):
    """A file that nobody else changes."""

    fd: int
    """Belongs to who sends it."""
    size: int
    tag: str
    """Another one where the content may be another."""


def produce(write: Callable[[BinaryIO], object], tag: str, folder: Path) -> Produced:
    """Return what `write` writes, in a file of that folder without a name: what is made of a recording may be large."""
    with TemporaryFile(dir=folder) as file:
        write(file)
        file.flush()
        return Produced(os.dup(file.fileno()), file.tell(), tag)


class FileAnswer(Response):
    """Sends a file, or the one range of it that is asked for; of several ranges all is sent, which is allowed."""

    def __init__(self, request: Request, made: Produced, content_type: str, headers: Mapping[str, str]) -> None:
        self._made = made
        entity = f'"{made.tag}"'
        usual = {"Accept-Ranges": "bytes", "ETag": entity, **headers}
        self._first, self._end = 0, made.size
        status = 200
        if entity in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
            status, self._end = 304, 0
        elif request.headers.get("if-range", entity) == entity:
            try:
                span = _span(request.headers.get("range", ""), made.size)
            except Refusal:
                os.close(made.fd)
                raise
            if span is not None:
                status = 206
                self._first, self._end = span
                usual["Content-Range"] = f"bytes {span[0]}-{span[1] - 1}/{made.size}"
        super().__init__(None, status, usual, content_type)
        if status != 304:
            self.headers["Content-Length"] = str(self._end - self._first)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it, and close the file."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            at = self._end if scope["method"] == "HEAD" else self._first
            while at < self._end:
                read = partial(os.pread, self._made.fd, min(_PIECE, self._end - at), at)
                piece = await trio.to_thread.run_sync(read)
                if not piece:
                    raise OSError("the file is shorter than it was")
                at += len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            os.close(self._made.fd)


def _span(text: str, size: int) -> tuple[int, int] | None:
    """Return first and end of the range that is asked for; None for all. Raises the refusal of one behind the end."""
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        begin, end = max(0, size - int(suffix)), size
    else:
        begin, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < begin:
            return None  # it is no range at all
    if begin >= size or begin >= end:
        raise Refusal(416, "no_such_range", f"there are {size:,} bytes", {"Content-Range": f"bytes */{size}"})
    return begin, end
