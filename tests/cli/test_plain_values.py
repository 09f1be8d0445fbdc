"""Options without pydantic: what they come to is the same, only sooner."""

import subprocess
import sys
from enum import StrEnum
from typing import Annotated, Any

import pytest
import typer

from claude_sessions.cli.plain_values import spare_pydantic


class Colour(StrEnum):
    """A choice."""

    RED = "red"
    BLUE = "blue"


def seen(*arguments: str) -> dict[str, Any]:
    """Return what a command gets for these arguments. Raises typer's usage errors."""
    found: dict[str, Any] = {}

    def command(
        *,
        words: Annotated[list[str] | None, typer.Argument()] = None,
        text: Annotated[str | None, typer.Option()] = None,
        number: Annotated[int, typer.Option(min=1)] = 5,
        colour: Annotated[Colour, typer.Option()] = Colour.RED,
        flag: Annotated[bool, typer.Option("--flag/--no-flag")] = False,
        many: Annotated[list[int] | None, typer.Option()] = None,
    ) -> None:
        found.update(words=words, text=text, number=number, colour=colour, flag=flag, many=many)

    app = typer.Typer(add_completion=False)
    app.command()(command)
    spare_pydantic(typer.main.get_command(app)).main(list(arguments), standalone_mode=False)
    return found


DEFAULTS = {"text": None, "number": 5, "colour": Colour.RED, "flag": False}


@pytest.mark.parametrize(
    ("arguments", "changed"),
    [
        ((), {}),
        (("--text", "5"), {"text": "5"}),
        (("--number", "7"), {"number": 7}),
        (("--colour", "blue"), {"colour": Colour.BLUE}),
        (("--flag",), {"flag": True}),
        (("--many", "1", "--many", "2"), {"many": [1, 2]}),
        (("a", "b"), {"words": ["a", "b"]}),
    ],
)
def test_values_are_what_typer_makes_of_them(arguments: tuple[str, ...], changed: dict[str, Any]) -> None:
    """Each kind of option, given and not."""
    found = seen(*arguments)
    assert {key: value for key, value in found.items() if value} == {
        key: value for key, value in (DEFAULTS | changed).items() if value
    }
    assert isinstance(found["colour"], Colour)


@pytest.mark.parametrize("arguments", [("--number", "x"), ("--number", "0"), ("--colour", "green"), ("--many", "x")])
def test_wrong_values_are_refused_as_before(arguments: tuple[str, ...]) -> None:
    """With typer's own error, which knows the option."""
    with pytest.raises(typer.BadParameter) as raised:
        seen(*arguments)
    assert raised.value.param is not None


def test_a_command_without_values_does_without_pydantic() -> None:
    """That is what it is for."""
    program = "import sys\nfrom claude_sessions.cli.app import run\nrun(['list', '--json'])\nsys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0
