"""The flight recorder for Claude Code.

`SessionManager` is the front door: it starts, lists and finds sessions. The names are loaded when they are first
used: importing this package loads nothing, so that `claude-sessions start` is quick.
"""

from claude_sessions.version import __version__

TYPE_CHECKING = False  # as typing's, without importing typing
if TYPE_CHECKING:
    from claude_sessions.log.entry import Entry
    from claude_sessions.sessions import Session, SessionManager
    from claude_sessions.store.recording import Recording

__all__ = ["Entry", "Recording", "Session", "SessionManager", "__version__"]

_HOMES = {
    "Entry": "claude_sessions.log.entry",
    "Recording": "claude_sessions.store.recording",
    "Session": "claude_sessions.sessions",
    "SessionManager": "claude_sessions.sessions",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
