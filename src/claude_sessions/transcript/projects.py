"""Which sessions a person means who names a project: a directory with what is below it, or a name in its path."""

import os
from collections.abc import Callable, Collection, Iterable

from claude_sessions.base.errors import NotFoundError


def belongs_to(project: str) -> Callable[[str], bool]:
    """Return what tells whether the directory in which a session began belongs to the project that a person named.

    It does where it is that directory or below it, and where the name is a part of its path: `shop` or `ann/shop` of
    `/home/ann/shop/lib`.
    """
    directories = names_of(project)
    parts = f"/{project.rstrip('/')}/"
    named = project.strip("/") and not os.path.isabs(project)
    return lambda directory: (
        bool(directory) and (at_or_below(directory, directories) or bool(named and parts in f"{directory}/"))
    )


def directories_of(project: str, known: Iterable[str]) -> frozenset[str]:
    """Return those of the `known` directories that belong to a project; NotFoundError where none does."""
    found = frozenset(filter(belongs_to(project), known))
    if not found:
        raise NotFoundError(f"no session began in {project}; claude-sessions usage project lists all projects")
    return found


def names_of(path: str) -> tuple[str, ...]:
    """Return the absolute paths that `path`, as a person types it, may stand for in a transcript."""
    given = os.path.abspath(os.path.expanduser(path))
    return tuple(dict.fromkeys((given, os.path.realpath(given))))


def at_or_below(path: str, names: Collection[str]) -> bool:
    """Tell whether an absolute path is one of `names`, or lies below one of them."""
    return any(path == name or path.startswith(name.rstrip("/") + "/") for name in names)
