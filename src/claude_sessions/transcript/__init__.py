"""Claude Code's own files: for now the live registry of running sessions."""
