"""One session as long as the longest that were ever reported: 600 MB, one line of it 70 MB."""

import random
import re
from pathlib import Path

import msgspec

from bench.corpus_session import Session
from bench.corpus_text import Text

MB = 1_000_000
_PIECE = 8 * MB
_VARIED = re.compile(rb"(?<=-4)[0-9a-f]{3}(?=-a)|(?<=msg_01)[0-9a-f]{3}|(?<=toolu_01)[0-9a-f]{3}")
"""The digits of ids that tell one repetition from the next."""
_PLACE = b"\0\0\0"


def write_long_session(folder: Path, *, size: int = 600 * MB, longest: int = 70 * MB) -> Path:
    """Write the session below `folder`/projects and return its path.

    Some megabytes of a made session are repeated with other ids, each repetition the child of the one before; in the
    middle stands a command's output of `longest` bytes, half in the message and half in `toolUseResult`.
    """
    rng = random.Random(3)
    text = Text(rng)
    session = Session(
        rng, text, cwd="/home/ada/src/long", version="2.1.42", clock=1_770_000_000, target=_PIECE, steady=True
    )
    session.run(0, lambda parent: parent)
    own = session.id.encode()
    piece = _VARIED.sub(_PLACE, b"\n".join(session.lines) + b"\n").replace(_VARIED.sub(_PLACE, own), own)
    path = folder / "projects" / "-home-ada-src-long" / f"{session.id}.jsonl"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        parent = None
        number = 0
        done = False
        while file.tell() < size:
            varied = piece.replace(_PLACE, b"%03x" % number)
            if parent:
                varied = varied.replace(b'"parentUuid":null', b'"parentUuid":"' + parent + b'"', 1)
            file.write(varied)
            parent = varied[varied.rindex(b'"uuid":"') + 8 :][:36]
            number += 1
            if not done and file.tell() > size // 2:
                file.write(_long_line(text, session, parent, longest))
                done = True
    return path


def _long_line(text: Text, session: Session, parent: bytes, size: int) -> bytes:
    """Return a call and its result of `size` bytes, which nothing follows."""
    output = msgspec.json.encode(text.code(MB))[1:-1]
    output *= size // 2 // len(output)
    common = b'"isSidechain":false,"sessionId":"%s","timestamp":"2026-02-02T02:40:00.000Z"' % session.id.encode()
    call, result = b"00000000-0000-4000-a000-000000000001", b"00000000-0000-4000-a000-000000000002"
    return (
        b'{"parentUuid":"%s",%s,"uuid":"%s","type":"assistant","message":{"role":"assistant","content":[{"type":"tool_use",'
        b'"id":"toolu_long","name":"Bash","input":{"command":"cat everything"}}]}}\n'
        b'{"parentUuid":"%s",%s,"uuid":"%s","type":"user","message":{"role":"user","content":[{"type":"tool_result",'
        b'"tool_use_id":"toolu_long","content":"%s"}]},"toolUseResult":{"stdout":"%s","stderr":""}}\n'
    ) % (parent, common, call, call, common, result, output, output)
