"""Values of options that need no looking at: typer asks pydantic about each, and importing that takes longer than most commands.

What was not given, a default, a plain text, several of them and a word of a choice are clear; everything else still goes typer's way.
"""

from enum import Enum
from typing import Any


class _Unasked:
    """Stands in for typer's own treatment of a parameter's value until that is needed."""

    def __init__(self, parameter: Any) -> None:
        self._parameter = parameter

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value as the command is to have it. Raises typer's usage error where it is none."""
        kind = self._parameter.type_descriptor.annotation
        if self._parameter.nargs == 1 and not self._parameter.multiple:
            if value is None or type(value) is kind:
                return value
            if isinstance(kind, type) and issubclass(kind, Enum) and value in {each.value for each in kind}:
                return kind(value)
        elif self._parameter.nargs == -1 and kind == list[str] and value and set(map(type, value)) == {str}:
            return list(value)
        self._parameter._runtime_param = None  # noqa: SLF001 - typer has no other place for it
        return self._parameter.get_runtime_param().coerce(value, param=param, ctx=ctx)


def spare_pydantic(command: Any) -> Any:
    """Return a command of typer's, with all below it, that imports pydantic only for values that need it."""
    for parameter in command.params:
        _spare(parameter)
    help_of = command.get_help_option
    command.get_help_option = lambda ctx: _spare(help_of(ctx))
    for below in getattr(command, "commands", {}).values():
        spare_pydantic(below)
    return command


def _spare(parameter: Any) -> Any:
    """Return a parameter, or the absence of one; where typer is built otherwise it stays as it is."""
    if getattr(parameter, "_runtime_param", 0) is None and hasattr(parameter, "type_descriptor"):
        parameter._runtime_param = _Unasked(parameter)  # noqa: SLF001 - as above
    return parameter
