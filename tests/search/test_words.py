"""What people type, as SQLite is asked it; checked against SQLite itself."""

import sqlite3
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claude_sessions.base.errors import UsageError
from claude_sessions.search.words import MOST_WORDS, Query, indexed


def matches(query: str, text: str) -> bool:
    """Ask an index of one text."""
    database = sqlite3.connect(":memory:")
    database.execute(
        """CREATE VIRTUAL TABLE words USING fts5 (text, content='', tokenize="unicode61 remove_diacritics 2")"""
    )
    database.execute("INSERT INTO words(rowid, text) VALUES (1, ?)", (indexed(text),))
    found = database.execute("SELECT rowid FROM words WHERE words MATCH ?", (Query(query).expression,)).fetchall()
    database.close()
    return bool(found)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("failing test", "Fix the test that is FAILING."),
        ('"failing test"', "the failing, test"),
        ("pars", "the parser"),
        ("parse_mom", "def parse_moment(text):"),
        ("src/app.py", "see src/app.py:12"),
        ("cafe naive", "Naïve CAFÉ"),
        ("Café", "cafe"),
        ("e\u0301tude", "étude"),
        ("東京", "私は東京都に住む"),
        ("京都", "東京都"),
        ("都", "東京都"),
        ("東", "東京都"),
        ("Python3で書く", "これはPython3で書くもの"),
        ("한국", "나는 한국어를 배운다"),
        ("ภาษา", "ฉันพูดภาษาไทย"),
        ("ошибка", "Ошибка в файле"),
        ("שגיאה", "הייתה שגיאה כאן"),
        ("AND", "this and that"),
        ("NEAR(a b)", "near a b"),
        ('say "hello', "say hello"),
        ("c++ --now", "C, now"),
    ],
)
def test_found(query: str, text: str) -> None:
    """Case, accents, punctuation and the script make no difference, and nothing that is typed is an operator."""
    assert matches(query, text)
    assert Query(query).spans(text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("failing test", "the test"),
        ('"failing test"', "test failing"),
        ('"failing tes"', "failing test"),
        ("fail test", "failing test"),
        ("a", "abc"),
        ("NOT a", "b"),
        ("text:a", "a"),
        ("京東", "東京都"),
        ("東都", "東京都"),
        ("ab*", "abc"),
    ],
)
def test_not_found(query: str, text: str) -> None:
    """All words must be there, a phrase as it stands; only the last word, of two letters or more, may go on."""
    if query == "ab*":
        assert matches(query, text), "the star is punctuation, and the last word may go on anyway"
    else:
        assert not matches(query, text)


@pytest.mark.parametrize("query", ["", "  ", '"', "--", "*", '"" ""', "\0", "___"])
def test_no_word_is_no_query(query: str) -> None:
    """A sentence says so."""
    with pytest.raises(UsageError, match="no word"):
        Query(query)


def test_too_many_words_are_refused() -> None:
    """Before SQLite refuses them in words of its own."""
    with pytest.raises(UsageError, match="too many"):
        Query(" ".join(f"w{number}" for number in range(MOST_WORDS + 1)))
    assert matches(" ".join(f"w{number}" for number in range(MOST_WORDS)), " ".join(f"w{n}" for n in range(MOST_WORDS)))


@given(st.text(max_size=60) | st.text(alphabet='"*^:(){}+-AND OR NOT NEAR東京ab\0', max_size=60))
@example("a\ud83db")
@example('""""a')
def test_no_query_is_a_syntax_error(query: str) -> None:
    """Whatever is typed, SQLite understands what it is asked."""
    try:
        Query(query)
    except UsageError:
        return
    matches(query, "nothing of the kind")
    Query(query).spans("nothing of the kind 東京 é")


@given(st.text(alphabet=string.ascii_letters + "éüß東京都한국 _-.0123456789\n", max_size=80), st.data())
def test_any_stretch_of_words_of_a_text_finds_it(text: str, data: st.DataObject) -> None:
    """As a phrase, if it begins and ends where words do."""
    words = text.split()
    begin = data.draw(st.integers(0, len(words)))
    phrase = " ".join(words[begin : data.draw(st.integers(begin, len(words)))])
    if any(map(str.isalnum, phrase)):
        assert matches(f'"{phrase}"', text)
        assert Query(f'"{phrase}"').spans(text)


def test_marks_without_end_take_no_time() -> None:
    """A letter with 100,000 accents is no letter and a word."""
    assert Query('"zo b"').spans("zo" + "\u0300" * 100_000) == []


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("the test", "The other test, the tests", ["The", "test", "the", "test"]),
        ('"the test"', "the\n\ttest the tests", ["the\n\ttest"]),
        ("cafe", "Un CAFÉ cafe\u0301 cafés", ["CAFÉ", "cafe\u0301", "café"]),
        ("東京", "東京都と東京", ["東京", "東京"]),
        ("a b", "ab a_b", ["a", "b"]),
    ],
)
def test_the_words_are_found_in_the_text(query: str, text: str, found: list[str]) -> None:
    """Where they are, for people to see; of a word that goes on its beginning."""
    assert [text[begin:end] for begin, end in Query(query).spans(text)] == found
