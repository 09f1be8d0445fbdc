"""The other end: asking a server that runs somewhere."""
