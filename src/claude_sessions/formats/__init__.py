"""Conversations in forms to read, to share, and to work on (Markdown, HTML, JSON); recordings in those of other programs."""
