"""What the tests drive the real thing with: the real Claude Code, a stand-in for its API, and real terminals."""
