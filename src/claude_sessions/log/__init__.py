"""The log format itself, pure: entries, their lines, and the rules for segments. No files are opened here.

The format is described in claude-sessions-log(5).
"""
