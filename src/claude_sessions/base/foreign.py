"""What decoding data of unknown origin can end in, and the sentence for it."""

UNDECODABLE = (ValueError, RecursionError)
"""What every decoder (msgspec's, tomllib, bytes.decode) raises: not of that form, not UTF-8, nested too deeply.

All of these come with data that somebody wrote to do harm; where it is read, all of them mean the same: not to be used.
"""


def why_undecodable(error: Exception) -> str:
    """Return the reason as the end of a sentence. `error` is one of UNDECODABLE."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return str(error)
