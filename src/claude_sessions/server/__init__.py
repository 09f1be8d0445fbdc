"""The HTTP server: who may ask, what there is to ask, and the answers."""
