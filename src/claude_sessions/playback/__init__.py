"""Replaying a recording on a terminal."""
