"""What a cell is drawn with (weight, slant, colours) as the parameters of an SGR sequence."""

import avt

_ATTRIBUTES = (
    ("bold", "1"),
    ("faint", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("blink", "5"),
    ("inverse", "7"),
    ("strikethrough", "9"),
)
_FOREGROUND, _BACKGROUND = 30, 40
_BRIGHT, _PALETTE = 8, 16


def pen_parameters(pen: avt.Pen) -> str:
    """Return the parameters that make a plain pen this one, such as `1;38;5;208`; nothing for a plain pen."""
    parts = [code for name, code in _ATTRIBUTES if getattr(pen, name)]
    parts += [_colour(colour, base) for colour, base in ((pen.foreground, _FOREGROUND), (pen.background, _BACKGROUND))]
    return ";".join(part for part in parts if part)


def _colour(colour: avt.Color | None, base: int) -> str:
    if colour is None:
        return ""
    if not isinstance(colour, avt.Color.Indexed):
        return f"{base + 8};2;{colour[0]};{colour[1]};{colour[2]}"
    number = colour[0]
    if number < _BRIGHT:
        return str(base + number)
    return str(base + 60 + number - _BRIGHT) if number < _PALETTE else f"{base + 8};5;{number}"
