"""Following a recording while it grows."""
