"""A whole transcript as blocks, with what its subagents did."""

import json
from pathlib import Path
from typing import Any

import pytest

from claude_sessions.base.errors import NotFoundError, UsageError
from claude_sessions.formats.markdown import markdown
from claude_sessions.transcript.blocks import replay as module
from claude_sessions.transcript.blocks.replay import View, open_replay
from claude_sessions.transcript.files import describe
from tests.kit.spoken import AGENT, Fields, calls, chained, gives, progress, says, system, user, write, write_agent

SUBAGENTS = View(subagents=True)
TASK = calls("Task", {"description": "Explore", "prompt": "look around"}, "toolu_task")
WORK = [user("look around"), calls("Glob", {"pattern": "*"}), gives("a.py"), says("I looked.", "req_9")]
SHOWN = """\
❯ go

● Task(Explore)
  └ report

    ❯ look around

    ● Glob(*)
      └ a.py

    ● I looked.

● done
"""


@pytest.fixture
def config(own_home: Path) -> Path:
    """Claude Code's configuration folder."""
    return own_home / ".claude"


def shown(path: Path, view: View | None = None) -> str:
    with open_replay(describe(path), view) as replay:
        return "".join(markdown(replay.blocks()))


def session(*between: Fields, **result: Any) -> list[Fields]:
    """Return a session in which a Task is called."""
    return chained([user("go"), TASK, *between, gives("report", "toolu_task", **result), says("done", "req_2")])


def test_a_subagent_stands_below_its_call(config: Path) -> None:
    """Its description names the call; without being asked for it stays out of sight."""
    path = write(config, session())
    write_agent(path, chained(WORK, "a"), call="toolu_task")
    assert shown(path, SUBAGENTS) == SHOWN
    assert shown(path) == "❯ go\n\n● Task(Explore)\n  └ report\n\n● done\n"


def test_the_result_may_name_the_subagent(config: Path) -> None:
    """Where there is no description."""
    path = write(config, session(toolUseResult={"agentId": AGENT, "status": "completed"}))
    write_agent(path, chained(WORK, "a"))
    assert shown(path, SUBAGENTS) == SHOWN


def test_progress_may_name_the_subagent(config: Path) -> None:
    """Where neither description nor result does."""
    path = write(config, session(progress("agent_progress", "toolu_task", agentId=AGENT, message={})))
    write_agent(path, chained(WORK, "a"))
    assert shown(path, SUBAGENTS) == SHOWN


def test_a_lost_subagent_is_put_together_from_progress(config: Path) -> None:
    """Notes of progress repeat its lines; they do where its file is gone."""
    notes = [progress("agent_progress", "toolu_task", agentId=AGENT, message=line) for line in WORK]
    assert shown(write(config, session(*notes)), SUBAGENTS) == SHOWN


def test_an_old_subagent_stands_in_the_sessions_file(config: Path) -> None:
    """Its lines are a tree of their own between the session's; two at once are told apart by their prompts."""
    other = calls("Task", {"description": "Other", "prompt": "the other"}, "toolu_other")
    inside = [{"isSidechain": True, **line} for line in chained(WORK, "a")]
    second = [{"isSidechain": True, **line} for line in chained([user("the other"), says("yes", "req_8")], "b")]
    lines = session(other)
    at = next(place for place, line in enumerate(lines) if line["type"] == "user" and "toolu_task" in str(line))
    mixed = [second[0], inside[0], second[1], *inside[1:]]
    path = write(config, [*lines[:at], *mixed, *lines[at:]])
    assert "\n● Task(Explore)\n  └ report\n\n    ❯ look around\n" in shown(path, SUBAGENTS)
    assert "● Task(Other)\n\n    ❯ the other\n\n    ● yes\n" in shown(path, SUBAGENTS)
    assert "look" not in shown(path)


def test_subagents_of_subagents_stand_below_them(config: Path) -> None:
    """Each is indented once more; one that is its own parent ends nothing."""
    path = write(config, session())
    inner = calls("Task", {"description": "Deeper"}, "toolu_inner")
    write_agent(path, chained([user("one"), inner, gives("r", "toolu_inner")], "a"), "a" * 17, call="toolu_task")
    write_agent(path, chained([user("two"), inner], "b"), "b" * 17, call="toolu_inner")
    assert "      └ r\n\n        ❯ two\n\n        ● Task(Deeper)\n\n● done\n" in shown(path, SUBAGENTS)


def test_subagents_go_only_so_deep(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies deeper is left out."""
    monkeypatch.setattr(module, "DEEPEST", 0)
    path = write(config, session())
    write_agent(path, chained(WORK, "a"), call="toolu_task")
    assert "look around" not in shown(path, SUBAGENTS)


def test_subagents_of_calls_that_are_not_shown_are_counted(config: Path) -> None:
    """A call before the compaction has one that nobody sees."""
    path = write(config, [*session(), *chained([system("compact_boundary"), user("on")], "z")])
    write_agent(path, chained(WORK, "a"), call="toolu_task")
    with open_replay(describe(path), SUBAGENTS) as replay:
        assert "".join(markdown(replay.blocks())) == "❯ on\n"
        assert replay.left_agents == 1


def test_a_subagents_own_transcript(config: Path) -> None:
    """It is empty, as the session player says, and a conversation of its own with `subagents`."""
    agent = write_agent(write(config, session()), chained(WORK, "a"))
    assert shown(agent) == ""
    assert shown(agent, SUBAGENTS) == "❯ look around\n\n● Glob(*)\n  └ a.py\n\n● I looked.\n"


def test_a_damaged_subagent_does_not_end_the_conversation(config: Path) -> None:
    """What cannot be read of it is a fault, and so is a description that is none."""
    path = write(config, session(toolUseResult={"agentId": AGENT}))
    agent = write_agent(path, chained(WORK, "a"))
    agent.write_bytes(agent.read_bytes() + b"{torn")
    agent.with_suffix(".meta.json").write_bytes(b"[" * 100_000)
    with open_replay(describe(path), SUBAGENTS) as replay:
        assert "".join(markdown(replay.blocks())) == SHOWN
        assert replay.faults.count == 1
        assert replay.faults.first
        assert replay.faults.first.file == str(agent)


def test_hostile_names_of_subagents(config: Path) -> None:
    """Whatever stands where an agent's id or a message should, the conversation is shown."""
    odd = [
        progress("agent_progress", "toolu_task", agentId=["x"], message="no object"),
        progress("agent_progress", "toolu_task", agentId="gone", message=[1]),
        {"type": "progress", "data": ["agentId"], "parentToolUseID": {"agentId": 1}},
        user("x", isSidechain=True),
        says("y", isSidechain=True),
    ]
    assert shown(write(config, session(*odd, toolUseResult=["agentId", {"agentId": {}}])), SUBAGENTS).startswith("❯ go")


def test_a_branch_is_chosen_by_its_number(config: Path) -> None:
    """The newest unless another is asked for; one that is not there is named with how many there are."""
    lines = [*chained([user("a"), says("b"), user("c")]), {"uuid": "v", "parentUuid": "u1", **user("d")}]
    path = write(config, lines)
    with open_replay(describe(path)) as replay:
        assert (len(replay.branches), replay.branch) == (2, 2)
    assert shown(path).endswith("❯ d\n")
    assert shown(path, View(branch=1)).endswith("❯ c\n")
    with pytest.raises(NotFoundError, match="no branch 3; there are 2"), open_replay(describe(path), View(branch=3)):
        pass


def test_full_shows_what_was_compacted(config: Path) -> None:
    """Of the session, with a line where it was."""
    path = write(config, chained([user("a"), system("compact_boundary"), user("b")]))
    assert shown(path) == "❯ b\n"
    assert shown(path, View(full=True)) == "❯ a\n\n(the conversation was compacted here)\n\n❯ b\n"


def test_full_shows_results_that_have_files_of_their_own(config: Path) -> None:
    """The file beside the transcript is read, wherever the line says that it is; links and other names are not."""
    note = "<persisted-output>\nFull output saved to: /elsewhere/tool-results/{}\n\nPreview:\n1\n2\n3"
    names = ["b1.txt", "gone.txt", "..", "link.txt"]
    lines = [line for name in names for line in (calls("Bash", {}, name), gives(note.format(name), name))]
    path = write(config, chained(lines))
    folder = path.with_suffix("") / "tool-results"
    folder.mkdir(parents=True)
    (folder / "b1.txt").write_text("\n".join("abcdefg"))
    (folder / "secret").write_text("secret")
    (folder / "link.txt").symlink_to(folder / "secret")
    assert "  └ a\n    b\n    c\n    d\n    e\n    f\n    g\n" in shown(path, View(full=True))
    assert shown(path, View(full=True)).count("persisted-output") == 3
    assert shown(path).count("persisted-output") == 4


def test_a_transcript_that_is_none(config: Path, tmp_path: Path) -> None:
    """A file of other things shows nothing and says what it met; what is no file is refused."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"hello\n[1]\n" + json.dumps({"type": "user"}).encode())
    with open_replay(describe(path)) as replay:
        assert "".join(markdown(replay.blocks())) == "❯\n"
        assert replay.faults.count == 2
        assert replay.session_id == "x"
    with pytest.raises(UsageError, match="no file"), open_replay(describe(tmp_path)):
        pass
    gone = describe(path)
    path.unlink()
    with pytest.raises(NotFoundError, match="no such file"), open_replay(gone):
        pass
