"""What goes on for as long as somebody listens: server-sent events and WebSockets, a row for each."""

from claude_sessions.server.route import Route
from claude_sessions.server.streams.blocks import BLOCK_ROUTES
from claude_sessions.server.streams.entries import ENTRY_ROUTES
from claude_sessions.server.streams.session_list import SESSION_ROUTES
from claude_sessions.server.streams.terminal import TERMINAL_ROUTES

STREAM_ROUTES: tuple[Route, ...] = (*ENTRY_ROUTES, *BLOCK_ROUTES, *SESSION_ROUTES, *TERMINAL_ROUTES)
