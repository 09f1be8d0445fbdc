"""`alias`: the line that makes `claude` mean `claude-sessions start`."""

import os
import sys
from enum import StrEnum
from pathlib import PurePath
from typing import Annotated

import typer


class Shell(StrEnum):
    """The shells whose alias we can write."""

    SH = "sh"
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


_START_FILES = {
    Shell.SH: "~/.profile",
    Shell.BASH: "~/.bashrc",
    Shell.ZSH: "~/.zshrc",
    Shell.FISH: "~/.config/fish/config.fish",
}


def alias(
    shell: Annotated[
        Shell | None, typer.Option("--shell", help="Write it for this shell; default: the one in SHELL.")
    ] = None,
) -> None:
    """Print the line that records every claude.

    It makes claude mean claude-sessions start. Whatever is typed after claude goes to claude, options included.
    """
    shell = shell or _persons_shell(os.environ.get("SHELL", ""))
    print(alias_line(shell))
    if sys.stdout.isatty():
        print(f"# put this line into {_START_FILES[shell]}", file=sys.stderr)


def alias_line(shell: Shell) -> str:
    """Return the line. Its `--` keeps what follows from being read as a directory or an option of ours.

    Claude Code's own shell knows the alias too: a claude that is run inside of a recorded one is run as it is.
    """
    return f"alias claude{' ' if shell is Shell.FISH else '='}'claude-sessions start --skip-nested --'"


def _persons_shell(path: str) -> Shell:
    name = PurePath(path).name
    return Shell(name) if name in set(Shell) else Shell.SH
