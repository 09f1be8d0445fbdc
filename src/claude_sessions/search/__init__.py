"""Finding text in the lines of recordings."""
