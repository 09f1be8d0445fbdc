"""The titles that people gave to recordings, which come before those that Claude Code's transcripts have."""


def given_titles() -> dict[str, str]:
    """Return the titles by the ids of Claude's sessions with which the recordings began; of several the newest one's."""
    from claude_sessions.store.catalogue import Catalogue
    from claude_sessions.store.home import Home

    try:
        with Home.open() as home:
            newest_first = Catalogue().scan(home).summaries
    except FileNotFoundError:
        return {}
    titled = (summary for summary in reversed(newest_first) if summary.title and summary.claude_session_id)
    return {summary.claude_session_id: summary.title for summary in titled}
