"""Settings: flag over `CLAUDE_SESSIONS_*` over `config.toml` over default (design, section 10).

There is no project file: what a repository contains is not trusted. Imports nothing heavy: `start` reads the
settings before claude runs, and tomllib only where there is a file.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from claude_sessions.base.errors import ConfigError
from claude_sessions.base.foreign import UNDECODABLE, why_undecodable
from claude_sessions.base.paths import check_private, home_path, open_for_reading, open_private_folder

FILE_NAME = "config.toml"
_PREFIX = "CLAUDE_SESSIONS_"
_WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


class Setting(NamedTuple):
    """One thing that can be set. A name with a dot lives in the table before the dot."""

    name: str
    kind: type
    default: Any
    meaning: str
    least: float = 0

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return _PREFIX + self.name.replace(".", "_").upper()


SETTINGS: tuple[Setting, ...] = (
    Setting("command", str, "claude", "the program that start runs, split as a shell would split it"),
    Setting("input", bool, True, "whether what is typed is recorded"),
    Setting("strict", bool, False, "record first, show then, and end the session when it cannot be recorded"),
    Setting("quiet", bool, False, "whether start leaves out its line at the end"),
    Setting("pause_key", str, "", "the key that pauses and unpauses the recording, such as ctrl-]; none when empty"),
    Setting("mark_key", str, "", "the key that puts a marker into the recording, such as ctrl-\\; none when empty"),
    Setting(
        "segment_size", int, 512 * 1024 * 1024, "the size in bytes after which a log continues in another file", 4096
    ),
    Setting("prices", str, "", "a file of prices that go before those that come with the program; none when empty"),
    Setting("host", str, "127.0.0.1", "the address that serve listens on"),
    Setting("port", int, 8765, "the port that serve listens on; any that is free when 0"),
    Setting("list.limit", int, 0, "how many sessions list shows; all when 0"),
    Setting("replay.speed", float, 1.0, "how many times faster than it happened replay goes"),
    Setting("replay.idle_limit", float, 0.0, "the longest pause in seconds that replay makes; no limit when 0"),
)


class Config:
    """The values of all settings: `config["replay.speed"]`."""

    def __init__(self, values: Mapping[str, Any], places: Mapping[str, str] = MappingProxyType({})) -> None:
        self._values = {setting.name: setting.default for setting in SETTINGS} | dict(values)
        self._places = places

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def place(self, name: str) -> str:
        """Return where a setting was made, for a sentence about it: `/home/ann/.claude-sessions/config.toml: mark_key`."""
        return self._places.get(name, name)


def load_config(
    home: Path | None = None, environment: Mapping[str, str] = os.environ, *, file: Path | None = None
) -> Config:
    """Read the settings of `home`; ConfigError names the file or variable, the key and what is wrong with it.

    `file` is read in place of the home's, and has to be there.
    """
    if file is not None and not file.exists():
        raise ConfigError(f"{file} is not there; it should hold the settings")
    path = file or (home or home_path()) / FILE_NAME
    from_file, from_environment = _from_file(path), _from_environment(environment)
    places = {setting.name: setting.variable for setting in SETTINGS if setting.name in from_environment}
    return Config({**from_file, **from_environment}, {**{name: f"{path}: {name}" for name in from_file}, **places})


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for setting in SETTINGS:
        text = environment.get(setting.variable)
        if text is not None:
            found[setting.name] = _from_text(setting, text)
    return found


def _from_text(setting: Setting, text: str) -> Any:
    try:
        if setting.kind is bool:
            return _WORDS[text.lower()]
        value = setting.kind(text)
    except (KeyError, ValueError):
        raise ConfigError(
            f"{setting.variable}={text!r} in the environment is not {_KINDS[setting.kind]}; correct or unset it"
        ) from None
    return _within(setting.variable, setting, value)


_KINDS = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}


def _from_file(path: Path) -> dict[str, Any]:
    text = _read(path)
    if text is None:
        return {}
    import tomllib  # 5 ms, and most people have no file

    try:
        return _settings(path, tomllib.loads(text))
    except UNDECODABLE as error:
        raise ConfigError(f"{path} is not TOML: {why_undecodable(error)}") from None


def _settings(path: Path, tables: dict[str, Any]) -> dict[str, Any]:
    known = {setting.name: setting for setting in SETTINGS}
    tables_known = {name.partition(".")[0] for name in known if "." in name}
    found: dict[str, Any] = {}
    faults = []
    unknown = []
    for key, value in _flat(tables, tables_known):
        if key not in known:
            unknown.append(key)
            continue
        try:
            found[key] = _checked(known[key], value)
        except ConfigError as fault:
            faults.append(str(fault))
    if unknown:
        faults.append(f"{' and '.join(unknown)} is no setting; known are {', '.join(known)}")
    if faults:
        raise ConfigError(f"{path}: {'; '.join(faults)}")
    return found


def _flat(tables: dict[str, Any], known: set[str]) -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for key, value in tables.items():
        if key in known and isinstance(value, dict):
            flat += [(f"{key}.{inner}", inner_value) for inner, inner_value in value.items()]
        else:
            flat.append((key, value))
    return flat


def _checked(setting: Setting, value: Any) -> Any:
    if setting.kind is float and type(value) is int:
        value = float(value) if abs(value) < 2**53 else float("inf")
    if type(value) is not setting.kind:
        raise ConfigError(f"{setting.name} = {value!r} is not {_KINDS[setting.kind]}")
    return _within(setting.name, setting, value)


def _within(place: str, setting: Setting, value: Any) -> Any:
    if setting.kind in (int, float) and not setting.least <= value < float("inf"):
        raise ConfigError(f"{place} = {value!r} is not possible; it is at least {setting.least}")
    return value


def _read(path: Path) -> str | None:
    try:
        folder = open_private_folder(path.parent, create=False)
    except FileNotFoundError:
        return None
    try:
        fd = open_for_reading(path.name, folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    finally:
        os.close(folder)
    with os.fdopen(fd, "rb") as file:
        check_private(fd, path)
        try:
            return file.read().decode()
        except UnicodeDecodeError:
            raise ConfigError(f"{path} is not UTF-8") from None
