"""Long lines of what somebody said, broken between words: a terminal would break them anywhere."""

from claude_sessions.cli.table import display_width

_FENCE = "```"
_SIGNS = ("❯ ", "● ", "- ", "* ", "+ ", "> ")


def fold(text: str, width: int) -> str:
    """Return a text with no line wider than `width` cells, as far as words allow; lines of code and tables stay whole.

    What is broken off stands below the words of its line.
    """
    lines: list[str] = []
    code = False
    for line in text.split("\n"):
        words = line.lstrip(" ❯●")
        if words.startswith(_FENCE):
            code = not code
        if code or words.startswith((_FENCE, "|")) or display_width(line) <= width:
            lines.append(line)
        else:
            lines += _folded(line, width)
    return "\n".join(lines)


def _folded(line: str, width: int) -> list[str]:
    hang = len(line) - len(line.lstrip(" "))
    while line.startswith(_SIGNS, hang):
        hang += 2
    hang = min(hang, max(width // 2, 0))
    lines: list[str] = []
    words = line[hang:].split(" ")
    begun, used = [line[:hang] + words[0]], hang + display_width(words[0])
    for word in words[1:]:
        more = display_width(word)
        if used + 1 + more <= width:
            begun.append(word)
            used += 1 + more
        else:
            lines.append(" ".join(begun))
            begun, used = [" " * hang + word], hang + more
    return [*lines, " ".join(begun)]
