"""Text and queries as the words that are indexed.

SQLite's `unicode61` tokenizer takes a run of letters and digits for a word and folds case and diacritics. Scripts that
are written without blanks between the words would be one word a sentence: their runs are cut into overlapping pairs
first, in the text as in the query, so that any part of a sentence is found.
"""

import re
import unicodedata
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import re2

from claude_sessions.base.errors import UsageError

MOST_WORDS = 64
"""A query of more words finds nothing that one of these would not; SQLite has a limit of its own further up."""

_SHORTEST_PREFIX = 2
"""One letter begins a tenth of all words."""

_DENSE = (
    "\u0e01-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17d3"  # Burmese, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u3096\u3099-\u309f\u30a1-\u30ff\u3105-\u312f"  # radicals, kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
    "\u1100-\u11ff\u3131-\u318e\uac00-\ud7af"  # Korean
    "\uff66-\uff9f"  # half-width kana
)
"""The letters of scripts that are written without blanks, and of Korean, whose words take endings."""

_QUERY = re.compile(r'"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+)')
_WORD = re.compile(r"[^\W_]+")
_BETWEEN = r"[\W_]+"


def indexed(text: str) -> str:
    """Return what the tokenizer is to be given for a text: itself, with the runs of dense scripts as pairs of letters.

    >>> indexed("Go 東京都 now")
    'Go  東京 京都 都  now'
    """
    if text.isascii() or not _run_finder().search(text.encode(errors="replace")):
        return text
    return _runs().sub(_pairs, text)


@cache  # takes as long as the rest of a module to load, and most queries have none
def _runs() -> re.Pattern[str]:
    return re.compile(f"[{_DENSE}]+")


@cache
def _run_finder() -> re2._Regexp:
    return re2.compile(f"[{_DENSE}]")  # five times as fast as `re` where there is none


def _pairs(match: re.Match[str]) -> str:
    """The last letter stands alone too: every letter then begins a word, and one letter is looked for as a prefix."""
    run = match[0]
    return f" {' '.join(map(''.join, pairwise(run)))} {run[-1]} "


class Term(NamedTuple):
    """A part of a query that must stand in the text as it is."""

    text: str
    dense: bool
    """Of a dense script: it may stand inside of a word."""
    prefix: bool
    """A word may go on after it."""

    @property
    def expression(self) -> str:
        """The FTS5 expression that finds it. All of it is quoted: nothing in it is an operator."""
        if not self.dense:
            return f'"{self.text}"' + ("*" if self.prefix else "")
        if len(self.text) == 1:
            return f'"{self.text}"*'
        return f'"{" ".join(map("".join, pairwise(self.text)))}"'

    def pattern(self, *, folded: bool) -> str:
        """The regular expression that finds it in a text; `folded`: with diacritics or without."""
        if self.dense:
            return re.escape(self.text)
        words = _WORD.findall(self.text)
        body = _BETWEEN.join("".join(map(_letter, _bare(word))) if folded else re.escape(word) for word in words)
        return rf"(?<![^\W_]){body}" + ("" if self.prefix else r"(?![^\W_])")


class Query:
    """What a person looks for: all of its words; what stands in double quotes as a phrase; the last word may go on.

    Everything else is text: no operator of any language is one here. Raises UsageError where there is no word in it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.terms = tuple(dict.fromkeys(_terms(_composed(text))))
        if not self.terms:
            raise UsageError(f"'{text}' has no word to look for; --regex finds signs too")
        if len(self.terms) > MOST_WORDS:
            raise UsageError(
                f"{len(self.terms)} words are too many to look for; {MOST_WORDS} are enough to find one place"
            )
        self.expression = " AND ".join(term.expression for term in self.terms)
        self._plain = _compiled(self.terms, folded=False)
        self._folded: re.Pattern[str] | None = None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where in a text the words stand, in order, without overlaps."""
        pattern = self._plain
        if not text.isascii() or not self.text.isascii():
            pattern = self._folded = self._folded or _compiled(self.terms, folded=True)
        return [match.span() for match in pattern.finditer(text)]

    def count(self, text: str) -> int:
        """Return how many different words of the query stand in a text."""
        return len({text[begin:end].casefold() for begin, end in self.spans(text)})


def _composed(text: str) -> str:
    """Return a text whose accents are part of their letters; what no encoding takes becomes question marks."""
    return unicodedata.normalize("NFC", text.encode(errors="replace").decode())


def _terms(text: str) -> list[Term]:
    terms: list[Term] = []
    for match in _QUERY.finditer(text):
        phrase = match["phrase"]
        last = phrase is None and match.end() == len(text)
        pieces = _pieces(phrase if phrase is not None else match["word"])
        for at, (piece, dense) in enumerate(pieces):
            if dense:
                terms.append(Term(piece, dense=True, prefix=False))
            elif words := _WORD.findall(piece):
                goes_on = last and at == len(pieces) - 1 and len(words[-1]) >= _SHORTEST_PREFIX
                terms.append(Term(" ".join(words), dense=False, prefix=goes_on))
    return terms


def _pieces(text: str) -> list[tuple[str, bool]]:
    """Return the runs of dense scripts in a text, and what is between them, each with whether it is such a run."""
    if text.isascii():
        return [(text, False)]
    pieces = []
    at = 0
    for run in _runs().finditer(text):
        pieces += [(text[at : run.start()], False), (run[0], True)]
        at = run.end()
    return [(piece, dense) for piece, dense in [*pieces, (text[at:], False)] if piece]


def _compiled(terms: tuple[Term, ...], *, folded: bool) -> re.Pattern[str]:
    """Return one pattern for all terms; of two that begin at one place the longer one is found."""
    longest_first = sorted(terms, key=lambda term: -len(term.text))
    return re.compile("|".join(term.pattern(folded=folded) for term in longest_first), re.IGNORECASE)


def _bare(word: str) -> str:
    """Return a word without its diacritics."""
    return "".join(one for one in unicodedata.normalize("NFKD", word) if not unicodedata.combining(one))


def _letter(letter: str) -> str:
    """Return the pattern of a letter with any diacritics."""
    forms = _forms().get(letter.lower(), "")
    return (f"[{re.escape(letter)}{forms}]" if forms else re.escape(letter)) + "[\u0300-\u036f]*+"


@cache
def _forms() -> dict[str, str]:
    """Return for each Latin letter the letters that are it with diacritics."""
    forms: dict[str, str] = {}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = _bare(chr(code)).lower()
        if len(base) == 1 and base.isascii() and base.isalpha():
            forms[base] = forms.get(base, "") + chr(code)
    return forms
