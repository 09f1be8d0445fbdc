"""A still picture: what is on the screen at one moment, as text in its place."""

import io
import math
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.formats.concealed import Concealer
from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.formats.table import choose_format
from claude_sessions.store.catalogue import find
from claude_sessions.store.home import Home
from tests.kit.recordings import SECOND, LogWriter

SVG = "{http://www.w3.org/2000/svg}"


def still(home: Path, *, end_s: float = math.inf, title: str = "") -> ET.Element:
    """Return the picture of the newest recording, parsed."""
    out = io.BytesIO()
    with Home.open(home) as opened:
        choose_format("a.svg").write(Excerpt(find(opened, "last"), end_s=end_s), title, out)
    return ET.fromstring(out.getvalue())  # noqa: S314 - our own


def texts(picture: ET.Element) -> list[tuple[str, float, str]]:
    """Return each text with its column and colour."""
    return [
        (each.text or "", round(float(each.attrib["x"]) / 8.4, 3), each.attrib["fill"])
        for each in picture.iter(f"{SVG}text")
    ]


def test_text_colours_and_places(home: Path) -> None:
    """Each run has its column and colour; what is two columns wide moves what follows by two."""
    drawn = "  a <b> & c\r\n\x1b[31mred\x1b[m \x1b[38;2;1;2;3mrgb\x1b[38;5;196mcube\x1b[38;5;244mgrey\x1b[m\r\n漢字 x"
    LogWriter(home).start(columns=30, rows=4).add("output", drawn.encode()).exit()
    assert texts(still(home)) == [
        ("a <b> & c", 2.0, "#cccccc"),
        ("red", 0.0, "#dd3c69"),
        ("rgb", 4.0, "#010203"),
        ("cube", 7.0, "#ff0000"),
        ("grey", 11.0, "#808080"),
        ("漢", 0.0, "#cccccc"),
        ("字", 2.0, "#cccccc"),
        ("x", 5.0, "#cccccc"),
    ]


def test_a_full_screen_program_is_shown_and_not_its_goodbye(home: Path) -> None:
    """Without a moment it is what stood there before the program ended; a program that was left long before does not count."""
    log = LogWriter(home).start(columns=30, rows=4).add("output", b"\x1b[?1049h\x1b[Hmenu")
    log.add("output", b"\x1b[?1049l\x1b[Hbye\r\n").exit()
    assert [text for text, *_ in texts(still(home))] == ["menu"]
    assert [text for text, *_ in texts(still(home, end_s=2.5))] == ["bye"]
    log = LogWriter(home, now=log.now).start(columns=30, rows=4).add("output", b"\x1b[?1049h\x1b[Hmenu\x1b[?1049lshell")
    log.add("output", b" goes on", after=6 * SECOND).exit()
    assert [text for text, *_ in texts(still(home))] == ["shell goes on"]


def test_styles_and_backgrounds(home: Path) -> None:
    """Bold, faint, italic, lines, and reversed colours with the rectangle behind them."""
    drawn = b"\x1b[1mA\x1b[0;2mB\x1b[0;3mC\x1b[0;4;9mD\x1b[0;7mE\x1b[0;97;104mF\x1b[m"
    LogWriter(home).start(columns=10, rows=2).add("output", drawn).exit()
    picture = still(home)
    found = {each.text: each.attrib for each in picture.iter(f"{SVG}text")}
    assert found["A"]["font-weight"] == "bold"
    assert found["B"]["fill-opacity"] == "0.6"
    assert found["C"]["font-style"] == "italic"
    assert found["D"]["text-decoration"] == "underline line-through"
    assert (found["E"]["fill"], found["F"]["fill"]) == ("#121314", "#ffffff")
    assert [each.attrib["fill"] for each in picture.iter(f"{SVG}rect")] == ["#121314", "#cccccc", "#26b0d7", "#cccccc"]


def test_the_moment_and_the_title(home: Path) -> None:
    """What came later is not in it; the title is, and nothing in a title can break it."""
    log = LogWriter(home).start(columns=20, rows=3).add("output", b"before").add("resize", b"40x5")
    log.add("output", b"\x1b[2J\x1b[Hafter").exit()
    picture = still(home, end_s=1, title="a <title>\x1b")
    assert [text for text, *_ in texts(picture)] == ["before"]
    assert picture.findtext(f"{SVG}title") == "a <title>\ufffd"
    later = still(home)
    assert [text for text, *_ in texts(later)] == ["after"]
    assert float(later.attrib["width"]) > float(picture.attrib["width"])


def test_what_xml_cannot_hold(home: Path) -> None:
    """Characters that no XML may contain do not break the file."""
    LogWriter(home).start(columns=20, rows=3).add("output", "a\uffff\x00b\ufffe]]>".encode()).exit()
    assert "".join(text for text, *_ in texts(still(home))).endswith("]]>")


@pytest.mark.parametrize(
    "drawn",
    [
        "a\x1b[8mHIDDEN\x1b[28mz",
        "a\x1b[1;31;08mHIDDEN\x1b[mz",
        "a\x1b[8;5;38;5;8;48;2;28;25;28;1mHIDDEN\x1b[0;5;6mz",
        "\x1b[5ma\x1b[8mHID\x1b[25mDEN\x1b[0mz",
        "\x1b[38;5;8ma\x1b[7;8mHIDDEN\x1b[0;48;2;8;8;8mz",
    ],
)
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_concealed_text_is_not_shown(home: Path, drawn: str, size: int) -> None:
    """What a terminal hides is in no picture; blinking text is, and numbers of colours do not count."""
    log = LogWriter(home).start(columns=30, rows=4)
    for at in range(0, len(drawn), size):
        log.add("output", drawn[at : at + size].encode())
    log.exit()
    assert [(text, column) for text, column, _ in texts(still(home))] == [("a", 0.0), ("z", 7.0)]


@given(st.lists(st.sampled_from(["\x1b", "[", "8", ";", "38", "5", "2", "0", "m", "a", ":", "28"])), st.data())
def test_what_conceals_nothing_stays_as_it_is(pieces: list[str], data: st.DataObject) -> None:
    """Wherever it is cut; only the end of a sequence that is not whole is kept back."""
    text = "".join(piece for piece in pieces).encode()
    if re.search(rb"\x1b\[[0-9:;]*[0-9;]m", text):
        text = text.replace(b"m", b"H")
    concealer, cut = Concealer(), data.draw(st.integers(0, len(text)))
    passed = concealer(text[:cut]) + concealer(text[cut:])
    assert text.startswith(passed)
    assert re.fullmatch(rb"(\x1b(\[[0-9;:]*)?)?", text[len(passed) :])
