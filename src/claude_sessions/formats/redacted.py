"""A recording without its secrets, in the form that every format is written from."""

import math
import re
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import Any

import msgspec

from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.formats.facts import FACTS, facts_of, strings, texts_of
from claude_sessions.formats.foreign import REDACTED
from claude_sessions.formats.prompts import Prompts
from claude_sessions.formats.redraw import Timed, redraw, watch
from claude_sessions.formats.secrets_seen import Finding, SecretsSeen, describe, in_places
from claude_sessions.formats.typed_runs import Run, TypedRuns
from claude_sessions.log.entry import ERROR, HIDDEN, INPUT, MARKER, OUTPUT, RESIZE, START, Entry
from claude_sessions.log.events import StartInfo, decode_info, decode_resize, encode_info
from claude_sessions.redact.rules import RuleSet
from claude_sessions.screen.canvas import Cell, Picture
from claude_sessions.store.recording import Recording
from claude_sessions.store.state import read_whole_state

_PASSED_ON = frozenset({OUTPUT, ERROR})
"""It is drawn anew."""

_UNSEEN = re.compile(rb"\x1b[]P_^X]([^\x07\x1b]*)(?:\x07|\x1b)")
_UNFINISHED = re.compile(rb"\x1b(?:[]P_^X][^\x07\x1b]*)?\Z")
_LONGEST_UNSEEN = 256 * 1024


class RedactedExcerpt(Excerpt):
    """An excerpt whose output is drawn anew, without the secrets that were on the screen at any time of the recording.

    `prepare` reads all of the recording and finds them; `entries` is what is left.
    """

    def __init__(
        self,
        recording: Recording,
        rules: RuleSet,
        *,
        begin_s: float = 0.0,
        end_s: float = math.inf,
        with_input: bool = True,
    ) -> None:
        super().__init__(recording, begin_s=begin_s, end_s=end_s, with_input=with_input)
        self._prompts = Prompts(rules)
        self._secrets = SecretsSeen(rules, self._prompts.comes_back)
        self._unseen = b""
        self._left_out: set[tuple[str, bytes]] = set()
        self._hidden_in_picture = 0

    @property
    def cut(self) -> bool:
        """It is never the recording's own bytes."""
        return True

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The secrets, each once, in the order in which they were first seen."""
        return self._secrets.findings

    @property
    def found(self) -> str:
        """What was found in a few words; empty where nothing was."""
        return describe(self.findings)

    @property
    def remark(self) -> str:
        """What a reader has to know of the bytes."""
        return f"{REDACTED}, not the original's bytes; removed: {self.found or 'nothing'}"

    @property
    def remark_on_picture(self) -> str:
        """What a reader has to know of the picture that was handed out last."""
        hidden = self._hidden_in_picture
        return f"drawn anew from the screen; hidden in this picture: {in_places(hidden) if hidden else 'nothing'}"

    def prepare(self) -> None:
        """Find the secrets: on the screen, in what was typed, in titles and links, in every fact and in what a person added."""
        everything = Excerpt(self.recording)
        everything.on_progress = self.on_progress
        typed = TypedRuns()
        now = 0
        for now, entry in watch(self._seeing_unseen(everything.entries()), self._see):
            if entry.direction == INPUT and typed.is_empty:
                self._prompts.begin()
            elif entry.direction == HIDDEN:
                self._prompts.answer_unseen()
            for run in typed.read(entry):
                self._learn_run(run, now)
            self._learn(texts_of(entry), now)
        for run in typed.finish():
            self._learn_run(run, now)
        self._learn(strings(read_whole_state(self.recording.home, self.recording.session_id)), now)
        self._learn_answers(now)
        self._secrets.settle()
        self._find_typed()

    def _see(self, picture: Picture, time_ns: int) -> None:
        self._secrets.learn(picture, time_ns)
        self._prompts.see(picture)

    def _learn_run(self, run: Run, time_ns: int) -> None:
        self._learn(run.texts(), time_ns)
        self._learn_answers(time_ns)
        for answer in self._prompts.answer(run.line):
            self._secrets.learn_value(answer.text, answer.rule, time_ns)

    def _learn_answers(self, time_ns: int) -> None:
        for answer in self._prompts.late():
            self._secrets.learn_value(answer.text, answer.rule, time_ns)

    def _learn(self, texts: Iterable[str], time_ns: int) -> None:
        for text in texts:
            self._secrets.learn_text(text, time_ns)

    def _seeing_unseen(self, entries: Iterator[Timed]) -> Iterator[Timed]:
        """Pass all on, and look for secrets in what no screen shows: titles, links, what is meant for the terminal alone."""
        for time_ns, entry in entries:
            if entry.direction in _PASSED_ON and (self._unseen or b"\x1b" in entry.data):
                data = self._unseen + entry.data
                for match in _UNSEEN.finditer(data):
                    self._secrets.learn_text(match[1].decode(errors="replace"), time_ns)
                rest = _UNFINISHED.search(data, max(0, len(data) - _LONGEST_UNSEEN))
                self._unseen = rest[0] if rest else b""
            yield time_ns, entry

    def entries(self) -> Iterator[Timed]:
        """Yield what is left of each entry."""
        return redraw(self._kept(super().entries()), self._secrets.hide)

    def drawn(self) -> Iterator[Timed]:
        """Yield entries to draw a picture from, which `hide` has to see before anybody does."""
        return super().entries()

    def hide(self, picture: Picture) -> Picture:
        """Return a picture without secrets."""
        hidden = self._secrets.hide(picture)
        pairs = zip(_cells(picture), _cells(hidden), strict=True)
        self._hidden_in_picture = sum(differs for differs, _ in groupby(old != new for old, new in pairs))
        return hidden

    def hide_text(self, text: str) -> str:
        """Return text that belongs to the recording, such as its title, without secrets."""
        return self._secrets.hide_text(text)

    def _kept(self, entries: Iterator[Timed]) -> Iterator[Timed]:
        for time_ns, entry in entries:
            direction = entry.direction
            if direction in _PASSED_ON or (direction == RESIZE and decode_resize(entry)):
                yield time_ns, entry
            elif direction == START:
                yield time_ns, self._start(entry)
            elif direction in FACTS:
                facts = facts_of(entry)
                if facts is not None:
                    yield time_ns, _with_data(entry, msgspec.json.encode(self.hide_all(facts)) if facts else b"")
            elif direction == INPUT:
                if (entry.timestamp, entry.data) not in self._left_out:
                    yield time_ns, entry
            elif direction == MARKER:
                yield time_ns, _with_data(entry, self.hide_text(entry.data.decode(errors="replace")).encode())

    def hide_all(self, value: Any) -> Any:
        """Return a JSON value without secrets in its texts."""
        if isinstance(value, str):
            return self.hide_text(value)
        if isinstance(value, list | tuple):
            return [self.hide_all(each) for each in value]
        if isinstance(value, dict):
            return {self.hide_text(key): self._hide_named(key, each) for key, each in value.items()}
        return value

    def _hide_named(self, name: str, value: Any) -> Any:
        """Return a value without secrets; its name tells whether it is one."""
        if not isinstance(value, str):
            return self.hide_all(value)
        return self.hide_text(f"{name}={self.hide_text(value)}")[len(name) + 1 :]

    def _start(self, entry: Entry) -> Entry:
        start = msgspec.convert(
            self.hide_all(msgspec.to_builtins(decode_info(entry, StartInfo) or StartInfo())), StartInfo
        )
        hide = self.hide_text
        arguments = []
        for before, argument in zip(("", *start.arguments), start.arguments, strict=False):
            together = hide(f"{before}={argument}")  # `--api-key KEY` tells by the first what the second is
            arguments.append(together[len(before) + 1 :])
        earlier = f"; that one was {start.origin}" if start.origin else ""
        return _with_data(
            entry,
            encode_info(
                msgspec.structs.replace(
                    start,
                    arguments=tuple(arguments),
                    segment=0,
                    previous="",
                    origin=f"session {entry.session_id}, {self.remark}{earlier}",
                )
            ),
        )

    def _find_typed(self) -> None:
        """Note the entries of input that belong to a line with a secret in it: all that was typed until its Enter.

        Where a short one stands inside a word that was typed, that word is hidden wherever it stands.
        """
        typed = TypedRuns()
        around: set[str] = set()
        entries = (entry for entry in self.recording.entries() if isinstance(entry, Entry) and entry.direction == INPUT)
        for run in chain(chain.from_iterable(map(typed.read, entries)), typed.finish()):
            words = [word for text in run.texts() for word in self._secrets.typed_words(text)]
            around.update(words)
            if words or any(self.hide_text(text) != text for text in run.texts()):
                self._left_out.update((entry.timestamp, entry.data) for entry in run.entries)
        if around:
            self._secrets.learn_around(around)
            self._secrets.settle()


def _cells(picture: Picture) -> Iterator[Cell]:
    return chain.from_iterable(row.cells for row in picture.rows)


def _with_data(entry: Entry, data: bytes) -> Entry:
    return Entry(entry.timestamp, entry.session_id, entry.direction, data, len(data))
