"""`python -m claude_sessions.transcript FILE`: prints what `claude-sessions transcript FILE` prints, by running that."""

import runpy
import sys

if __name__ == "__main__":
    sys.argv[1:1] = ["transcript"]
    runpy.run_module("claude_sessions", run_name="__main__")
