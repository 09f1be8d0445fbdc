"""Names for new sessions."""

import os


def new_session_id() -> str:
    """Return a random UUID (version 4) as text; `uuid` itself takes 4 ms to import."""
    number = bytearray(os.urandom(16))
    number[6] = number[6] & 0x0F | 0x40
    number[8] = number[8] & 0x3F | 0x80
    digits = number.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
