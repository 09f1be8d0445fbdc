"""Which entries a subscriber wants: of which sessions, projects, types and tools."""

from collections.abc import Callable

import msgspec

from claude_sessions.live.entries import About
from claude_sessions.live.hub import Message
from claude_sessions.transcript.projects import belongs_to, names_of
from claude_sessions.transcript.registry import project_slug

SHORTEST_PREFIX = 4
"""Characters of a session's id that stand for it."""


class Filter(msgspec.Struct, frozen=True):
    """Each that is given must be met, by any of its values; None means: all."""

    sessions: tuple[str, ...] | None = None
    """Ids of Claude's, or their beginnings. A subagent's lines belong to its session."""
    projects: tuple[str, ...] | None = None
    """Directories with what is below them, or names in their paths (`transcript.projects`)."""
    types: tuple[str, ...] | None = None
    """Types of lines: `user`, `assistant`, and so on."""
    tools: tuple[str, ...] | None = None
    """Names of tools: lines that call one of them, and those that have its results."""

    def wanted(self) -> Callable[[Message], bool] | None:
        """Return what tells which messages are wanted; None where all are."""
        tests = [
            test(values)
            for test, values in (
                (_of_types, self.types),
                (_of_sessions, self.sessions),
                (_of_tools, self.tools),
                (_of_projects, self.projects),
            )
            if values is not None
        ]
        if not tests:
            return None
        return lambda message: isinstance(message.about, About) and all(test(message.about) for test in tests)


_Test = Callable[[About], bool]


def _of_types(types: tuple[str, ...]) -> _Test:
    wanted = frozenset(types)
    return lambda about: about.type in wanted


def _of_tools(tools: tuple[str, ...]) -> _Test:
    wanted = frozenset(tools)
    return lambda about: not wanted.isdisjoint(about.tools)


def _of_sessions(sessions: tuple[str, ...]) -> _Test:
    whole = frozenset(sessions)
    begun = tuple(each for each in sessions if len(each) >= SHORTEST_PREFIX)
    return lambda about: about.session_id in whole or about.session_id.startswith(begun)


def _of_projects(projects: tuple[str, ...]) -> _Test:
    tests = [belongs_to(project) for project in projects]
    folders = frozenset(project_slug(name) for project in projects for name in names_of(project))

    def test(about: About) -> bool:
        if about.directory:
            return any(test(about.directory) for test in tests)
        return about.folder in folders

    return test
