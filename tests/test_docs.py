"""What the documents say is what the program does: every command, option, setting, direction and exit code has its place."""

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.base.config import SETTINGS
from claude_sessions.base.errors import ExitCode
from claude_sessions.cli import fast_start
from claude_sessions.cli.app import build_app, run, split_arguments
from claude_sessions.log import entry as directions
from claude_sessions.log import events
from claude_sessions.log.encode import EntryEncoder
from claude_sessions.server.app import all_routes
from claude_sessions.server.route import WEBSOCKET
from claude_sessions.version import __version__
from tests.kit.recordings import LogWriter

ROOT = Path(__file__).parent.parent
MAN_PAGES = {
    name: ROOT / "man" / name for name in ("claude-sessions.1", "claude-sessions-log.5", "claude-sessions-serve.8")
}
README = (ROOT / "README.md").read_text()
SESSION = "2f1c4f0e-9d3f-4c55-8a83-4c9f3cbe1d3a"
STARTED = 1_770_488_132 * NANOSECONDS
DIRECTIONS = sorted(value for name, value in vars(directions).items() if name.isupper() and isinstance(value, str))
INFOS = [value for value in vars(events).values() if isinstance(value, type) and value.__name__.endswith("Info")]


def text_of(page: str) -> str:
    """Return a manual page as plain words: macros dropped, escapes undone, `Fl` turned into the dashes it prints."""
    lines = []
    for line in MAN_PAGES[page].read_text().splitlines():
        if line.startswith('.\\"'):
            continue
        bare = re.sub(r"\bFl -?(\S)", lambda match: match[0].replace("Fl ", "-"), line)
        lines.append(re.sub(r"\\&", "", bare).replace("\\(aq", "'"))
    return "\n".join(lines)


MANUAL = text_of("claude-sessions.1")
FORMAT = text_of("claude-sessions-log.5")
SERVER = text_of("claude-sessions-serve.8")


def root_command() -> Any:
    """Return the whole command line as typer's click objects."""
    return typer.main.get_command(build_app())


def commands() -> dict[str, Any]:
    """Return every command by its name; those of a group by both names."""
    found: dict[str, Any] = dict(root_command().commands)
    for group, command in list(found.items()):
        found |= {f"{group} {word}": inner for word, inner in getattr(command, "commands", {}).items()}
    return found


def section_of(command: str) -> str:
    """Return the part of the manual that describes one command."""
    found = re.search(rf"^\.It Cm {command}( .*)?$\n(?s:.*?)(?=^\.It Cm |^\.Pp\nOptions of)", MANUAL, re.MULTILINE)
    assert found, f"claude-sessions(1) says nothing about {command}"
    return found[0]


def options_of(command: Any) -> Iterator[tuple[str, str]]:
    """Yield (spelling, help) of every option that a command has, except the help every command has."""
    for parameter in command.params:
        if parameter.param_type_name == "option" and not getattr(parameter, "hidden", False):
            for spelling in (*parameter.opts, *parameter.secondary_opts):
                if spelling not in {"-h", "--help"}:
                    yield spelling, parameter.help or ""


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_has_its_place_in_the_manual(name: str) -> None:
    """A command stands in the synopsis, and its part of the manual names each of its options and arguments."""
    command = commands()[name]
    section = section_of(name)
    found = re.search(rf"^\.Nm\n\.Cm {name}\n((?s:.*?))(?=^\.Nm|^\.Sh)", MANUAL, re.MULTILINE)
    assert found, f"{name} is not in the synopsis"
    synopsis = found[1]
    for option, _ in options_of(command):
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", section), f"{option} is not described"
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", synopsis), f"{option} is not in the synopsis"
    for parameter in command.params:
        if parameter.param_type_name == "argument" and not getattr(parameter, "hidden", False):
            assert f"Ar {(parameter.metavar or parameter.name).strip('[]').upper()}" in section


def test_the_manual_describes_no_command_or_option_that_is_not_there() -> None:
    """What stands in the manual as a command or an option exists."""
    described = set(re.findall(r"^\.Nm\n\.Cm (\S.*)$", MANUAL, re.MULTILINE))
    assert described == set(commands())
    for name, command in commands().items():
        known = {spelling for spelling, _ in options_of(command)}
        assert set(re.findall(r"^\.It (-\S+)", section_of(name), re.MULTILINE)) <= known


def test_the_page_of_the_server_has_every_route_and_option() -> None:
    """Each row of the table of routes stands there and no other, and so does each option of `serve`."""
    names = {WEBSOCKET: "WebSocket"}
    rows = {(names.get(route.method, route.method), route.path) for route in all_routes()}
    assert set(re.findall(r"^\.It Cm (\w+) Pa (\S+)$", SERVER, re.MULTILINE)) == rows
    synopsis = SERVER.partition(".Sh SYNOPSIS")[2].partition(".Sh")[0]
    assert set(re.findall(r"^\.Op (-\S+)", synopsis, re.MULTILINE)) == {
        spelling for spelling, _ in options_of(commands()["serve"])
    }


def test_every_option_of_the_program_itself_is_in_the_manual() -> None:
    """`--version`, help and completion are described."""
    for option, _ in options_of(root_command()):
        assert option in MANUAL


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_and_option_explains_itself(name: str) -> None:
    """The help of a command says what it does, what each option does, and shows an example that parses."""
    command = commands()[name]
    assert command.help
    assert "Example" in (command.epilog or "")
    assert all(text for _, text in options_of(command))
    for line in command.epilog.splitlines():
        for words in invocations_of(line):
            parse(words)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_in_the_manual(setting: Any) -> None:
    """A setting's key, its variable and its default are described."""
    found = re.search(rf"^\.It Cm {re.escape(setting.name)} (.*)$\n(?s:.*?)(?=^\.It|^\.El)", MANUAL, re.MULTILINE)
    assert found, f"{setting.name} is not described"
    assert f".Ev {setting.variable}\n" in found[0]
    assert default_text(setting.default) in re.split(r"[ ,]", found[1].replace('"', ""))


def default_text(value: object) -> str:
    """Return a default as the manual writes it: `true`, `1`, `claude`; `none` for an empty text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) or "none"


def test_the_manual_describes_no_setting_that_is_not_there() -> None:
    """Every variable of ours that the manual names is a setting, or one of the three that are none."""
    named = set(re.findall(r"\bEv (CLAUDE_SESSIONS_\w+)", MANUAL))
    assert named == {setting.variable for setting in SETTINGS} | {
        f"CLAUDE_SESSIONS_{name}" for name in ("HOME", "ID", "TOKEN")
    }


@pytest.mark.parametrize("code", list(ExitCode))
def test_every_exit_code_is_in_the_manual(code: ExitCode) -> None:
    """The table of exit codes has each that the program uses."""
    assert f"\n.It {code.value}\n" in MANUAL.partition(".Sh EXIT STATUS")[2]


def test_every_field_of_the_json_forms_is_in_the_manual(own_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What `list --json` and `show --json` print of a session with everything in it is described, and so is the version."""
    log = LogWriter(own_home / ".claude-sessions").start(title="everything")
    log.add("link", events.LinkInfo("2f1c4f0e-0000-4000-8000-000000000000", "/transcript.jsonl"))
    log.add("gap", events.GapInfo(9, 1, "2026-02-07T12:00:00.000000Z", "No space left on device"))
    log.add("pause", events.PauseInfo("key")).add("unpause", events.PauseInfo("key", "2026-02-07T12:00:01.000000Z", 5))
    log.add("hidden", events.HiddenInfo(3)).add("output", b"shown").raw(b"torn\n").exit(3)
    section = MANUAL.partition(".Sh JSON")[2].partition(".Sh EXIT")[0]
    words = {word for line in re.findall(r"\bVa (.*)", section) for word in line.split()}
    for arguments in (["list", "--json"], ["show", "last", "--json"]):
        assert run(arguments) == 0
        printed = json.loads(capfd.readouterr().out)
        assert printed["version"] == 1
        assert [key for key in keys_of(printed) if key not in words] == []


def keys_of(value: object) -> Iterator[str]:
    """Yield every key of a JSON value; those of objects that count by direction are no names of fields."""
    if isinstance(value, list):
        for item in value:
            yield from keys_of(item)
    elif isinstance(value, dict) and not set(value) & set(DIRECTIONS):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_every_direction_is_in_the_description_of_the_format(direction: str) -> None:
    """Each direction has an entry of its own in claude-sessions-log(5)."""
    assert re.search(rf"^\.It Cm (\w+ , )*{direction}( ,|$)", FORMAT, re.MULTILINE)


@pytest.mark.parametrize("info", INFOS, ids=lambda info: info.__name__)
def test_every_field_is_in_the_description_of_the_format(info: Any) -> None:
    """Each field of each JSON form in a log is named in claude-sessions-log(5)."""
    for field in info.__struct_encode_fields__:
        assert re.search(rf"^\.Va {field}\b", FORMAT, re.MULTILINE), f"{info.__name__}.{field}"
    assert f"version {events.FORMAT_VERSION} of the format" in FORMAT


def test_the_example_of_the_format_page_gives_the_bytes(tmp_path: Path, needs: Callable[[str], None]) -> None:
    """`jq | base64 -d`, as printed in the manual, gives back any bytes that were recorded."""
    needs("jq")
    found = re.search(r"^\.Dl \$ (jq -r .*base64 -d)$", FORMAT, re.MULTILINE)
    assert found
    shown = [bytes(range(256)), b"a", b"\xff\xfe", "ä€😀".encode(), b""]
    buffer = bytearray()
    encode = EntryEncoder(SESSION)
    for number, data in enumerate(shown):
        encode(buffer, STARTED + number, directions.OUTPUT, data)
        encode(buffer, STARTED + number, directions.INPUT, b"not this")
    (tmp_path / "ID.jsonl").write_bytes(buffer)
    done = subprocess.run(["sh", "-c", found[1]], cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout == b"".join(shown)


@pytest.mark.parametrize("page", sorted(MAN_PAGES))
def test_the_manual_pages_are_well_formed(page: str, needs: Callable[[str], None]) -> None:
    """The page is formatted by groff the page without a warning (mandoc, where it is installed, too)."""
    needs("groff")
    checks = [["groff", "-mdoc", "-Tutf8", "-ww", "-z"]]
    if shutil.which("mandoc"):
        checks.append(["mandoc", "-T", "lint", "-W", "warning"])
    for check in checks:
        done = subprocess.run([*check, str(MAN_PAGES[page])], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("page", sorted(MAN_PAGES))
def test_quotes_in_the_manual_pages_are_closed(page: str, needs: Callable[[str], None]) -> None:
    """Each quoted word has its own quotes: on a macro's line they would reach to the end of it."""
    needs("groff")
    done = subprocess.run(
        ["groff", "-mdoc", "-Tutf8", "-P-cbou", str(MAN_PAGES[page])], capture_output=True, text=True, check=True
    )
    assert re.findall(r"\u2018[^\u2019]*\u2018[^\u2019]*\u2019?", done.stdout) == []


def test_the_wheel_carries_the_manual_pages() -> None:
    """The build puts each page where man(1) finds it."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    for page in MAN_PAGES:
        assert build["shared-data"][f"man/{page}"] == f"share/man/man{page[-1]}/{page}"


def test_the_readme_begins_with_the_two_commands() -> None:
    """A newcomer's first block of code is `make demo` and `make test`, and nothing else."""
    block = re.search(r"```\w*\n(.*?)```", README, re.DOTALL)
    assert block
    words = [line.partition("#")[0].strip() for line in block[1].splitlines()]
    assert [line.removeprefix("$ ") for line in words if line] == ["make demo", "make test"]
    makefile = (ROOT / "Makefile").read_text()
    assert all(
        re.search(rf"^{target}:", makefile, re.MULTILINE) for target in ("demo", "test", "bench", "lint", "clean")
    )


def invocations_of(text: str) -> Iterator[list[str]]:
    """Yield the words of each call of claude-sessions that a line of shell contains."""
    for line in text.splitlines():
        shell = shlex.shlex(line.strip().removeprefix("$ "), posix=True, punctuation_chars="|&;()<>")
        shell.whitespace_split = True
        try:
            words = list(shell)
        except ValueError:
            continue  # prose with an apostrophe
        if words[:1] == ["eval"]:
            words = shlex.split(words[1].removeprefix("$(").removesuffix(")"))
        while "claude-sessions" in words:
            words = words[words.index("claude-sessions") + 1 :]
            end = next(
                (at for at, word in enumerate(words) if word in {"|", "||", "&&", ";", ">", ">>", "<"}), len(words)
            )
            yield words[:end]
            words = words[end:]


def parse(words: list[str]) -> None:
    """Parse an invocation as the program would, without running it."""
    ours, _ = split_arguments(words)
    root = root_command()
    context = root.make_context("claude-sessions", list(ours), resilient_parsing=not ours or ours[0].startswith("-"))
    if not ours or ours[0].startswith("-"):
        known = {spelling for spelling, _ in options_of(root)} | {"-h", "--help"}
        assert set(ours) <= known
        return
    name, command, rest = root.resolve_command(context, ours)
    command.make_context(name, rest, parent=context)


def blocks_of(text: str) -> Iterator[str]:
    """Yield the shell lines of a document's code blocks: those that begin with `$`, or all of a block without any."""
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        lines = block.splitlines() if language in {"sh", "console"} else []
        typed = [line for line in lines if line.startswith("$ ")]
        yield from typed or lines


@pytest.mark.parametrize("document", ["README.md", "SECURITY.md", *MAN_PAGES])
def test_every_example_parses(document: str) -> None:
    """Each call of claude-sessions in a document is one that the program understands."""
    if document in MAN_PAGES:
        lines = [line.removeprefix(".Dl ") for line in text_of(document).splitlines() if line.startswith(".Dl ")]
    else:
        lines = list(blocks_of((ROOT / document).read_text()))
    calls = [words for line in lines for words in invocations_of(line)]
    assert calls or document in {"SECURITY.md", "claude-sessions-log.5"}
    for words in calls:
        parse(words)


def test_the_changelog_has_the_version() -> None:
    """The version that the program prints has its entry."""
    assert re.search(rf"^## {re.escape(__version__)}\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_package_is_what_the_readme_says() -> None:
    """The name to install, and the Pythons it runs on, are the same in the README and in the package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"pipx install {project['name']}" in README
    assert project["requires-python"].removeprefix(">=") in README
    assert sys.version_info[:2] >= tuple(map(int, project["requires-python"].removeprefix(">=").split(".")))


def test_public_names_have_docstrings() -> None:
    """Whatever the library offers by `__all__` explains itself."""
    tree = ast.parse((ROOT / "src" / "claude_sessions" / "__init__.py").read_text())
    import claude_sessions

    assert ast.get_docstring(tree)
    for name in claude_sessions.__all__:
        value = getattr(claude_sessions, name)
        assert isinstance(value, str) or value.__doc__, name


def test_both_readers_of_start_know_the_same_options() -> None:
    """The fast way into `start` and the one that explains itself understand the same options."""
    known = {spelling for spelling, _ in options_of(commands()["start"])}
    assert known == {*fast_start._FLAGS, *fast_start._VALUES}
