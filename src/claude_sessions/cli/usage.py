"""What is wrong with a command line, in our words: typer knows the place, its validators speak their own language."""

import re
import shlex
from collections.abc import Sequence
from typing import Any

_NUMBERS = {"int": "a whole number", "float": "a number"}


def explain(error: Any, ours: Sequence[str], claudes: Sequence[str], commands: Sequence[str]) -> tuple[str, ...]:
    """Return the lines that tell a person of one of typer's usage errors: a sentence, and what to type instead.

    `ours` and `claudes` are the arguments before and after `--`, see `app.split_arguments`.
    """
    command = next((name for name in (" ".join(ours[:2]), *ours[:1]) if name in commands), "")
    lines = [_sentence(error, command)]
    misplaced = _misplaced(error, ours) if command in {"start", "resume"} else []
    if misplaced:
        meant = shlex.join(["claude-sessions", command, "--", *misplaced, *claudes])
        lines.append(f"arguments for claude go after --: {meant}")
    lines.append(f"try: {' '.join(filter(None, ('claude-sessions', command, '--help')))}")
    return tuple(lines)


def _sentence(error: Any, command: str) -> str:
    kind = type(error).__name__
    if kind == "NoSuchOption":
        alike = _alike(error)
        said = f"{command or 'claude-sessions'} has no option {error.option_name}"
        return f"{said}; did you mean {alike}?" if alike else said
    if kind == "MissingParameter" and error.param is not None and error.param.metavar == "ID":
        return f"{command} needs the ID of a session, or last for the newest"
    if kind == "BadParameter" and error.param is not None:
        return _bad_value(error)
    text: str = error.format_message().rstrip(".")
    if found := re.fullmatch(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", text, re.DOTALL):
        return f"{command} has no use for {found[1]!r}"
    return text[:1].lower() + text[1:]


def _alike(error: Any) -> str:
    """Return the option that was probably meant; empty where none is alike."""
    import difflib

    alike = difflib.get_close_matches(error.option_name, error.possibilities or (), 1, 0.75)
    return alike[0] if alike else ""


def _bad_value(error: Any) -> str:
    """Return what the option needs; its validator's own words where it is no number that is wrong."""
    option = error.param.opts[-1]
    faults: list[dict[str, Any]] = getattr(error.__cause__, "errors", list)()
    fault = faults[0] if faults else {}
    kind = str(fault.get("type", ""))
    needed = _NUMBERS.get(kind.partition("_")[0])
    if kind == "greater_than_equal":
        needed = f"a number of {fault['ctx']['ge']} or more"
    if needed:
        return f"{option} needs {needed}, not {fault['input']!r}"
    return f"{option}: {error.message.removeprefix('Value error, ').rstrip('.')}"


def _misplaced(error: Any, ours: Sequence[str]) -> Sequence[str]:
    """Return what of the arguments of `start` or `resume` looks as if it was meant for claude: all from the unknown option on."""
    if type(error).__name__ != "NoSuchOption" or _alike(error):
        return ()
    option: str = error.option_name
    for at, word in enumerate(ours):
        if word.partition("=")[0] == option or (not option.startswith("--") and word.startswith(option)):
            return ours[at:]
    return ()
