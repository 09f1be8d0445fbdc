"""The home folder: where recordings are, what is known about each, and opening them for append and for reading."""
