"""Conversations as a page to share."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_sessions.formats.html import html
from claude_sessions.formats.html_blocks import HtmlBlocks
from claude_sessions.formats.prose import LONGEST, Prose
from claude_sessions.transcript.blocks.classify import line_of
from claude_sessions.transcript.blocks.events import ProcessingContext
from claude_sessions.transcript.blocks.replay import View, open_replay
from claude_sessions.transcript.blocks.settled import settled_blocks
from claude_sessions.transcript.files import describe
from tests.kit.spoken import Fields, calls, chained, gives, lasted, says, thinks, user, write, write_agent

VOID = {"meta", "br", "hr"}
TAGS = ["<script>", "</pre>", "</details>", "<img src=x onerror=alert(1)>", "<!--", "&lt;", '"', "'"]
MARKS = [
    "](javascript:alert(1))",
    "[a",
    "![x](http://x/y)",
    "```",
    "`",
    "**",
    "# ",
    "- ",
    "> ",
    "|a|b|\n|-|-|",
    "\n",
    "\n\n",
]
MARKUP = st.sampled_from([*TAGS, *MARKS, "\u202e", "\x1b[31m"])


class Checker(HTMLParser):
    """Notes tags and attributes, and fails where an element is closed that is not open."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == [], "elements are left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if "href" in found else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(path: Path, view: View | None = None) -> str:
    with open_replay(describe(path), view) as replay:
        return "".join(html([replay]))


def blocks_of(*lines: dict[str, Any]) -> str:
    blocks = HtmlBlocks()
    context = ProcessingContext(thinking=True, inputs=True)
    return "".join(piece for block in settled_blocks(context, map(line_of, lines)) for piece in blocks.html(block))


@pytest.fixture
def conversation(own_home: Path) -> Path:
    """A session in which everything happens."""
    asked = [{"question": "Which?", "header": "Choice", "options": [{"label": "This"}]}]
    lines: list[Fields] = [
        user("Fix the <parser>"),
        thinks("hm"),
        says(
            "See `a.py`:\n\n```python\nx = 1 < 2\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[docs](https://example.org)"
        ),
        calls("Bash", {"command": "ls <x>"}),
        gives("a.py"),
        calls("Read", {"file_path": "/a/b.py"}, "toolu_2"),
        gives("No such file", "toolu_2", error=True),
        calls("Glob", {"pattern": "*"}, "toolu_3"),
        calls("AskUserQuestion", {"questions": asked}, "toolu_4"),
        calls("Task", {"description": "Explore"}, "toolu_5"),
        lasted(12_000),
        user("<command-name>/compact</command-name>\n<command-args>all</command-args>"),
        user("<task-notification>\n<status>done</status>\n</task-notification>"),
        user("<local-command-stdout>ok</local-command-stdout>"),
        user("Thanks\nmuch"),
    ]
    path = write(own_home / ".claude", chained(lines))
    write_agent(path, chained([user("look"), says("seen")], "a"), call="toolu_5")
    return path


def test_the_page_is_whole_and_stands_alone(conversation: Path) -> None:
    """Elements are closed in order, nothing runs, nothing is fetched, and the style is the one that the policy allows."""
    page = page_of(conversation, View(subagents=True, thinking=True))
    found = Checker(page)
    assert not found.tags & {"script", "img", "link", "iframe", "object", "form", "base", "svg"}
    assert not [name for name in found.attributes if name.startswith("on") or name in ("src", "style")]
    assert not re.search(r"url\(|@import|https?://(?!example\.org)", page)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_prompts_can_be_linked_to(conversation: Path) -> None:
    """Each has an id of its own, and the list at the beginning leads to all of them."""
    found = Checker(page_of(conversation, View(subagents=True)))
    assert len(set(found.ids)) == len(found.ids)
    inner = [link[1:] for link in found.links if link.startswith("#")]
    assert set(inner) == set(found.ids)
    assert inner[:3] == ["p1", "p2", "p3"]
    assert "/compact all" in found.text


def test_everything_that_was_said_is_on_the_page(conversation: Path) -> None:
    """Prompts as they were typed, answers laid out, results folded below their calls, notes folded away."""
    page = page_of(conversation, View(subagents=True, thinking=True))
    assert "<title>Fix the &lt;parser&gt;</title>" in page
    assert '<div class="text">Fix the &lt;parser&gt;</div>' in page
    assert '<code class="language-python">x = 1 &lt; 2\n</code>' in page
    assert "<td>2</td>" in page
    assert '<a href="https://example.org" rel="noopener noreferrer nofollow">docs</a>' in page
    assert '<span class="label">ls &lt;x&gt;</span></summary><pre class="result">\na.py</pre></details>' in page
    assert '<details class="tool failed" open>' in page
    assert '<p class="tool"><span class="mark">●</span><b>Glob</b>' in page
    assert '<div class="question"><p class="head">Choice</p><p>Which?</p><ul><li>This</li></ul>' in page
    assert "<summary>Subagent 0123456789abcdef0</summary>" in page
    assert '<p class="duration">✱ Crunched for 12s</p>' in page
    assert '<details class="note"><summary>&lt;task-notification&gt;</summary>' in page
    assert '<pre class="system">\nok</pre>' in page
    assert '<div class="text">hm</div>' in page


def test_what_tools_were_called_with_is_on_a_full_page(conversation: Path) -> None:
    """Above the result, and where there is none below the label."""
    page = page_of(conversation, View(full=True))
    assert '<pre class="given">\n{&quot;file_path&quot;' not in page  # the label says it
    assert '<span class="label">Explore</span></p>' in page
    call = calls("Write", {"file_path": "/a", "content": "<x>\ny"})
    assert '<pre class="given">\n&lt;x&gt;\ny</pre><pre class="result">\nok</pre></details>' in blocks_of(
        call, gives("ok")
    )
    assert '<pre class="given">\n&lt;x&gt;\ny</pre></details>' in blocks_of(call)


def test_a_page_says_what_when_and_where(own_home: Path) -> None:
    """The title that the session has everywhere, then time and length, directory, branch, models and version."""
    first = {"cwd": "/home/<ann>", "gitBranch": "main", "version": "2.1.0", "timestamp": "2026-02-07T18:15:32.000Z"}
    answer = says("yes", timestamp="2026-02-07T19:17:32.000Z")
    answer["message"]["model"] = "claude-x"
    title = {"type": "ai-title", "aiTitle": "A <title>"}
    page = page_of(write(own_home / ".claude", [*chained([user("go", **first), answer]), title]))
    assert "<title>A &lt;title&gt;</title>" in page
    assert "<h1>A &lt;title&gt;</h1>" in page
    assert '<p class="meta"><time datetime="2026-02-07T18:15:32.000000Z">2026-02-07 ' in page
    assert "</time> · 1h 02m · /home/&lt;ann&gt; · branch main · claude-x · Claude Code 2.1.0</p>" in page
    assert "1 prompt</p>" in page


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z", "zzz"])
def test_a_page_of_any_year(own_home: Path, time: str) -> None:
    """A time that no calendar has is left out."""
    assert "<h1>x</h1>" in page_of(write(own_home / ".claude", chained([user("x", timestamp=time)])))


def test_several_conversations_share_a_page(own_home: Path) -> None:
    """Each has a head of its own, and their prompts have different ids."""
    one = write(own_home / ".claude", chained([user("one")]), "11111111-aaaa-4aaa-8aaa-000000000001")
    two = write(own_home / ".claude", chained([user("two")]), "22222222-aaaa-4aaa-8aaa-000000000002")
    with open_replay(describe(one)) as first, open_replay(describe(two)) as second:
        page = "".join(html([first, second]))
    found = Checker(page)
    assert page.count("<h1>") == 2
    assert page.count("<title>") == 1
    assert found.ids == ["p1", "s2p1"]


def test_a_session_without_prompts_has_a_title(own_home: Path) -> None:
    """The first characters of its id."""
    page = page_of(write(own_home / ".claude", chained([says("hi")])))
    assert "<title>Session 11111111</title>" in page
    assert "0 prompts" in page


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(MARKUP | st.text(st.characters(), max_size=8), max_size=8).map("".join))
def test_no_text_becomes_markup(text: str) -> None:
    """Wherever a text stands, no element and no link comes of it but those of Markdown, and all are closed."""
    lines = [user(text), thinks(text), says(text), calls(text, {}), gives(text)]
    lines += [calls("Bash", {"command": text}, "b"), gives(text, "b", error=True), gives(text, "orphan")]
    asked = [{"question": text, "header": text, "options": [{"label": text}]}]
    lines += [calls("AskUserQuestion", {"questions": asked}, "q")]
    found = Checker(blocks_of(*lines))
    assert found.attributes <= {"class", "id", "href", "rel", "title", "open", "start"}
    assert not found.tags & {"script", "img", "style", "iframe", "meta"}
    assert all(re.match(r"(https?://|mailto:|#p\d)", link, re.IGNORECASE) for link in found.links)
    assert "\u202e" not in found.text
    assert "\x1b" not in found.text


def test_answers_are_laid_out_by_the_rules_of_markdown() -> None:
    """HTML in them is text, pictures are not fetched, other links than to the web are text."""
    prose = Prose()
    assert prose.html("<b>x</b>") == "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"
    assert "<img" not in prose.html("![x](https://example.org/y.png)")
    for target in ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example", "vbscript:x"):
        assert "<a" not in prose.html(f"[x]({target})")


def test_a_very_long_answer_is_shown_as_it_is() -> None:
    """Laying it out would take too long."""
    assert Prose().html("*" * (LONGEST + 1)) == f"<pre>\n{'*' * (LONGEST + 1)}</pre>"
