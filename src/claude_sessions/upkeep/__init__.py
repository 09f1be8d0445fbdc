"""Keeping what would be lost or grow without end: copies of transcripts, their return, their way to another machine."""
