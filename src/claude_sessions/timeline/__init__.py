"""The lines of a recording, as a person saw them."""
