"""The words of a generated corpus: prose and code of some 20,000 words, drawn as words in a language are."""

import random
from itertools import accumulate

WORDS = 20_000
_POOL = 2_000_000
"""Characters of prose, and again of code, from which every text is cut."""

_COMMON = """
    the of and to a in is it that for was on are with as be this by from at or an have not which we can will but all there when
    what so if one has do more would about them then its our out up other into only some could time these two may like now after
""".split()  # noqa: SIM905  # words read best as a text
_FIELD = """
    function test file line error return value index request response parser module class token session branch commit build
    cache server client handler buffer stream socket thread queue column table schema migration fixture assertion timeout
""".split()  # noqa: SIM905  # words read best as a text
_UNICODE = ["naïve", "Größe", "déjà", "日本語", "完了", "проверка", "🚀", "✓", "→", "한국어", "👩‍💻", "–", "café", "…"]
_ONSETS = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "w",
]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ou"]
_CODAS = ["", "n", "r", "s", "t", "l", "nd", "rk", "sh", "ng"]
_STATEMENTS = [
    "    {0}_{1} = self.{2}({3}, limit={n})",
    "def {0}_{1}({2}: str, {3}: int = {n}) -> None:",
    '    """Give the {0} of {1}, which {2} {3}."""',
    '    if {0}.{1} != "{2}": raise ValueError(f"{3}: {{{0}!r}}\\n")',
    "\tconst {0} = await {1}.{2}({{ {3}: {n} }});",
    "    for {0} in {1}_{2}.{3}(): # {n}",
    "        return {0}[{n}] + {1}.{2} // {3}",
    "",
]


class Text:
    """Cuts texts of a wanted length out of a pool that is made once."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.words = _vocabulary(rng)
        weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))
        drawn = rng.choices(self.words, cum_weights=weights, k=_POOL // 7)
        self._prose = _sentences(rng, drawn)
        self._code = _statements(rng, drawn)

    def word(self) -> str:
        """Return one word, rare ones as often as common ones."""
        return self._rng.choice(self.words)

    def prose(self, size: int) -> str:
        """Return about `size` characters of sentences."""
        return _cut(self._rng, self._prose, size)

    def code(self, size: int) -> str:
        """Return about `size` characters of program text."""
        return _cut(self._rng, self._code, size)


def _vocabulary(rng: random.Random) -> list[str]:
    words = dict.fromkeys(_COMMON + _FIELD)
    while len(words) < WORDS - len(_UNICODE):
        syllables = rng.choices((1, 2, 3), weights=(1, 5, 3))[0]
        words["".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS) for _ in range(syllables))] = None
    listed = list(words)
    for word in _UNICODE:
        listed.insert(rng.randrange(200, 2000), word)
    return listed


def _sentences(rng: random.Random, words: list[str]) -> str:
    """Join words to sentences, sentences to paragraphs, some of them lists or emphasised as Markdown has them."""
    parts = []
    at = 0
    while at < len(words):
        length = rng.randrange(5, 20)
        sentence = words[at : at + length]
        at += length
        if rng.random() < 0.15:
            sentence[0] = f"`{sentence[0]}.py`"
        end = rng.choices((". ", ".\n", ".\n\n- ", '" he said. "', ".\n\n**Next:** "), weights=(60, 12, 6, 4, 2))[0]
        parts.append(" ".join(sentence).capitalize() + end)
    return "".join(parts)


def _statements(rng: random.Random, words: list[str]) -> str:
    names = [word for word in words if word.isascii()]
    parts = []
    for at in range(0, len(names) - 4, 4):
        statement = _STATEMENTS[rng.randrange(len(_STATEMENTS))]
        parts.append(statement.format(*names[at : at + 4], n=at))
    return "\n".join(parts)


def _cut(rng: random.Random, pool: str, size: int) -> str:
    """Return a piece that begins at a word; one longer than the pool repeats it."""
    if size >= len(pool):
        return (pool * (size // len(pool) + 1))[:size]
    at = pool.find(" ", rng.randrange(len(pool) - size)) + 1
    return pool[at : at + size]
