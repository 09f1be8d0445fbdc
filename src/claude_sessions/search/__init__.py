"""Finding text in transcripts and in the lines of recordings."""
