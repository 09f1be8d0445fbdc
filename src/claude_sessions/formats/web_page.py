"""A recording as one page of HTML that plays it: asciinema's player and an asciicast, and nothing that is fetched.

The policy in its head lets run what is known by its digest, and nothing reach any network. The recording lies in a block
of data, in which no `<` can end it.
"""

import base64
import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import BinaryIO

import msgspec

from claude_sessions.base.errors import UsageError
from claude_sessions.formats.asciicast import write_asciicast
from claude_sessions.formats.escape import escaped_line
from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.formats.page_facts import PageFacts, places

_PLAYER = "player"


def write_page(excerpt: Excerpt, title: str, out: BinaryIO) -> int:
    """Write the page; return how many stretches of the recording were no UTF-8.

    Raises UsageError where this installation came without the player.
    """
    player = _player()
    page = files(__package__)
    scripts = [_read(player / "player.js"), _read(page / "player_page.js")]
    styles = [_read(player / "player.css"), _read(page / "player_page.css")]
    heading = escaped_line(title or f"Session {excerpt.recording.session_id[:8]}")
    in_script = _InScript(out)
    facts = PageFacts()
    out.write(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts, styles)}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="referrer" content="no-referrer">\n'
            '<meta name="generator" content="claude-sessions">\n'
            f"<title>{heading}</title>\n{_each('style', styles)}</head>\n<body>\n"
            '<script type="application/x-ndjson" id="recording">'
        ).encode()
    )
    replaced = write_asciicast(excerpt, title, in_script, 2, facts.notice)  # type: ignore[arg-type]  # write() is all that is called
    about = (*facts.about, f"Recorded by claude-sessions; session {excerpt.recording.session_id}", excerpt.remark)
    out.write(
        (
            f"</script>\n<header>\n<h1>{heading}</h1>\n"
            + "".join(f"<p>{escaped_line(line)}</p>\n" for line in about if line)
            + "</header>\n"
            '<main><div id="player"><noscript>The player needs JavaScript.</noscript></div></main>\n'
            "<footer><p>Space pauses, arrows and [ ] move, f fills the screen. Played by asciinema-player.</p></footer>\n"
            '<script type="application/json" id="settings">'
        ).encode()
    )
    in_script.write(msgspec.json.encode({"poster": f"data:text/plain,{facts.poster}", "markers": places(excerpt)}))
    out.write(f"</script>\n{_each('script', scripts)}</body>\n</html>\n".encode())
    return replaced


class _InScript:
    """Takes JSON and writes it so that it can stand in a script element."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, data: bytes) -> None:
        """Write JSON, in which `<` stands in texts alone."""
        self._out.write(data.replace(b"<", b"\\u003c"))


def _player() -> Traversable:
    player = files(__package__) / _PLAYER
    if not (player / "player.js").is_file():
        raise UsageError(
            "this installation of claude-sessions came without the web player, which npm brings when it is built: "
            "install Node.js and install claude-sessions anew (in a checkout: make web), or export a .cast"
        )
    return player


def _read(file: Traversable) -> str:
    return file.read_text("utf-8")


def _policy(scripts: list[str], styles: list[str]) -> str:
    """Return a policy that lets exactly these run; the player draws with WebAssembly that it holds itself."""
    script, style = (" ".join(f"'sha256-{_digest(text)}'" for text in texts) for texts in (scripts, styles))
    return (
        f"default-src 'none'; script-src {script} 'wasm-unsafe-eval'; style-src {style}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _each(element: str, texts: list[str]) -> str:
    return "".join(f"<{element}>{text}</{element}>\n" for text in texts)
