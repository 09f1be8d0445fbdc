"""`start` without typer: claude runs before a command-line library could even be imported (design, section 3).

Understands exactly the options of `cli/start.py`; whatever it does not understand is left to typer, which explains it.
"""

from collections.abc import Sequence

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.recording.front import say
from claude_sessions.recording.launch import StartOptions, start

_FLAGS = {
    "--input": ("input", True),
    "--no-input": ("input", False),
    "--strict": ("strict", True),
    "--no-strict": ("strict", False),
    "--quiet": ("quiet", True),
    "--no-quiet": ("quiet", False),
    "--nested": ("nested", True),
    "--skip-nested": ("skip_nested", True),
}
_VALUES = {"--title": "title", "--command": "command"}


def try_fast_start(arguments: Sequence[str]) -> int | None:
    """Run `start` with these arguments and return the exit status, or None where typer has to look at them."""
    options = parse(arguments)
    if options is None:
        return None
    try:
        return start(options)
    except ClaudeSessionsError as error:
        say(str(error))
        return error.exit_code


def parse(arguments: Sequence[str]) -> StartOptions | None:
    """Return the options that the arguments after `start` stand for, or None where they are not plain."""
    found: dict[str, object] = {}
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--":
            found["arguments"] = tuple(words)
        elif word in _FLAGS:
            key, meant = _FLAGS[word]
            found[key] = meant
        elif name in _VALUES:
            given = value if equals else next(words, None)
            if given is None or (not equals and given.startswith("-")):
                return None
            found[_VALUES[name]] = given
        elif word.startswith("-") or not word or "directory" in found:
            return None
        else:
            found["directory"] = word
    return StartOptions(**found)  # type: ignore[arg-type]
