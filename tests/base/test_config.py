"""Settings from the file and the environment, and what is wrong with them."""

from pathlib import Path

import pytest

from claude_sessions.base.config import load_config
from claude_sessions.base.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a home of its own, still empty."""
    tmp_path.chmod(0o700)
    path = tmp_path / "config.toml"
    path.touch(0o600)
    return path


def test_a_setting_knows_where_it_was_made(file: Path) -> None:
    """In the file, in the environment, which goes before that, or nowhere."""
    file.write_text('mark_key = "ctrl-x"\n[replay]\nspeed = 2\n')
    config = load_config(file.parent, {"CLAUDE_SESSIONS_REPLAY_SPEED": "3"})
    assert (config["mark_key"], config["replay.speed"]) == ("ctrl-x", 3)
    assert config.place("mark_key") == f"{file}: mark_key"
    assert config.place("replay.speed") == "CLAUDE_SESSIONS_REPLAY_SPEED"
    assert config.place("host") == "host"


def test_everything_that_is_wrong_is_named_at_once(file: Path) -> None:
    """Whoever corrects the first fault is not told of the second one by the next command."""
    file.write_text("mark_key = 5\nnonsense = 1\nport = -1\nmore = 2\n")
    with pytest.raises(ConfigError) as told:
        load_config(file.parent, {})
    sentence = str(told.value)
    assert sentence.startswith(f"{file}: mark_key = 5 is not a text; port = -1 is not possible; ")
    assert "nonsense and more" in sentence
    assert sentence.count("known are") == 1
