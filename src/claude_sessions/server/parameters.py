"""Values of parameters, as a row of the table declares them; what it does not know is refused, and so are two of one."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from claude_sessions.server.errors import Refusal, bad_request
from claude_sessions.server.route import Kind, Parameter

ID_PATTERN = "^[0-9A-Za-z][0-9A-Za-z_-]{0,127}$"
LONGEST_TEXT = 1000
"""Characters."""
MOST_INTEGER = 2**53 - 1
MOST_NUMBER = 1e9
FLAGS = {"true": True, "1": True, "false": False, "0": False}

_ID = re.compile(ID_PATTERN[:-1] + r"\Z", re.ASCII)
_INTEGER = re.compile(r"[0-9]{1,16}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_MOST_PAIRS = 100


def read_parameters(parameters: Iterable[Parameter], path: Mapping[str, str], query: bytes) -> dict[str, Any]:
    """Return the value of each parameter by its name; raises the refusal for what is not as it should be."""
    known = {each.name: each for each in parameters}
    given: dict[str, str] = {}
    for name, text in [*path.items(), *_pairs(query)]:
        if name in given:
            raise bad_request(f"{name!r} is given twice")
        if name not in known or (known[name].place == "path") != (name in path):
            names = ", ".join(name for name, each in known.items() if each.place == "query")
            raise bad_request(f"there is no parameter {name[:100]!r}; there are {names or 'none'}")
        given[name] = text
    return {name: _value(each, given.get(name)) for name, each in known.items()}


def _pairs(query: bytes) -> list[tuple[str, str]]:
    if not query:
        return []
    try:
        return parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MOST_PAIRS,
        )
    except ValueError:
        raise bad_request("the query is not of the form name=value&name=value, percent-encoded UTF-8") from None


def _value(parameter: Parameter, text: str | None) -> Any:
    if text is None:
        if parameter.required:
            raise bad_request(f"{parameter.name} is missing: {parameter.meaning}")
        return parameter.default
    try:
        value = _READERS[parameter.kind](text)
    except ValueError:
        raise _wrong(parameter) from None
    if parameter.choices and value not in parameter.choices:
        raise _wrong(parameter)
    if (parameter.least is not None and value < parameter.least) or (
        parameter.most is not None and value > parameter.most
    ):
        raise _wrong(parameter)
    return value


def _wrong(parameter: Parameter) -> Refusal:
    if parameter.place == "path":
        return Refusal(404, "not_found", f"{parameter.name} is no {_NAMES[parameter.kind]}")
    what = f"one of {', '.join(parameter.choices)}" if parameter.choices else _NAMES[parameter.kind]
    bounds = "".join(
        f", {word} {bound:g}"
        for word, bound in (("at least", parameter.least), ("at most", parameter.most))
        if bound is not None
    )
    return bad_request(f"{parameter.name} is to be {what}{bounds}")


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT or "\0" in text:
        raise ValueError
    return text


def _id(text: str) -> str:
    if not _ID.match(text):
        raise ValueError
    return text


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text) or int(text) > MOST_INTEGER:
        raise ValueError
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)) or float(text) > MOST_NUMBER:
        raise ValueError
    return float(text)


def _flag(text: str) -> bool:
    if text not in FLAGS:
        raise ValueError
    return FLAGS[text]


_READERS: dict[Kind, Callable[[str], Any]] = {
    Kind.TEXT: _text,
    Kind.ID: _id,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.FLAG: _flag,
}
_NAMES = {
    Kind.TEXT: f"text of at most {LONGEST_TEXT} characters",
    Kind.ID: "name of a session: letters, digits, - and _",
    Kind.INTEGER: "a whole number",
    Kind.NUMBER: "a number such as 12.5",
    Kind.FLAG: "true or false",
}
