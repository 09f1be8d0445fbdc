"""What can be asked of recordings and transcripts: one module for each thing, a row for each question."""

from claude_sessions.server.rest.exports import EXPORT_ROUTES
from claude_sessions.server.rest.recordings import RECORDING_ROUTES
from claude_sessions.server.rest.search import SEARCH_ROUTES
from claude_sessions.server.rest.timeline import TIMELINE_ROUTES
from claude_sessions.server.rest.transcripts import TRANSCRIPT_ROUTES
from claude_sessions.server.rest.usage import USAGE_ROUTES
from claude_sessions.server.route import Route

REST_ROUTES: tuple[Route, ...] = (
    *RECORDING_ROUTES,
    *TIMELINE_ROUTES,
    *EXPORT_ROUTES,
    *TRANSCRIPT_ROUTES,
    *SEARCH_ROUTES,
    *USAGE_ROUTES,
)
