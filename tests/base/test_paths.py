"""Paths that people give."""

import pytest

from claude_sessions.base.errors import UsageError
from claude_sessions.base.paths import expanded


def test_the_home_of_nobody_is_a_usage_error() -> None:
    """`~NAME` of a user who is not there ends in a sentence."""
    with pytest.raises(UsageError, match="~no-such-user-here/x names no place"):
        expanded("~no-such-user-here/x")
