"""A recording without its secrets, in the form that every format is written from."""

import math
from collections.abc import Iterator
from itertools import chain, groupby

import msgspec

from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.formats.redraw import Timed, redraw, watch
from claude_sessions.formats.secrets_seen import Finding, SecretsSeen, describe, in_places
from claude_sessions.log.entry import (
    ATTACH,
    DETACH,
    ERROR,
    EXIT,
    GAP,
    HIDDEN,
    INPUT,
    LINK,
    MARKER,
    OUTPUT,
    PAUSE,
    RESIZE,
    RESUME,
    START,
    SUSPEND,
    UNPAUSE,
    Entry,
)
from claude_sessions.log.events import StartInfo, decode_info, encode_info
from claude_sessions.redact.rules import RuleSet
from claude_sessions.screen.canvas import Cell, Picture
from claude_sessions.store.recording import Recording
from claude_sessions.timeline.typed import KeyboardReader

_PASSED_ON = frozenset(
    {RESIZE, SUSPEND, RESUME, PAUSE, UNPAUSE, ATTACH, DETACH, LINK, GAP, HIDDEN, EXIT, OUTPUT, ERROR}
)
"""What else there is goes through a check of its own, or is left out: nobody knows what an unknown direction holds."""

_LONGEST_RUN = 256 * 1024


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
        self._secrets = SecretsSeen(rules)
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
        return f"drawn anew from the screen, not the original's bytes; removed: {self.found or 'nothing'}"

    @property
    def remark_on_picture(self) -> str:
        """What a reader has to know of the picture that was handed out last."""
        hidden = self._hidden_in_picture
        return f"drawn anew from the screen; hidden in this picture: {in_places(hidden) if hidden else 'nothing'}"

    def prepare(self) -> None:
        """Find the secrets: on the screen, in what was typed, in titles, arguments and markers."""
        everything = Excerpt(self.recording)
        everything.on_progress = self.on_progress
        typed = KeyboardReader()
        now = 0
        for now, entry in watch(everything.entries(), self._secrets.learn):
            for text in (line.text for line in typed.read(entry)):
                self._secrets.learn_text(text, now)
            for text in _texts_of(entry):
                self._secrets.learn_text(text, now)
        for line in typed.finish():
            self._secrets.learn_text(line.text, now)
        self._secrets.settle()
        if self.with_input:
            self._find_typed()

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
            if direction in _PASSED_ON:
                yield time_ns, entry
            elif direction == INPUT:
                if (entry.timestamp, entry.data) not in self._left_out:
                    yield time_ns, entry
            elif direction == MARKER:
                yield time_ns, _with_data(entry, self.hide_text(entry.data.decode(errors="replace")).encode())
            elif direction == START:
                yield time_ns, self._start(entry)

    def _start(self, entry: Entry) -> Entry:
        start = decode_info(entry, StartInfo) or StartInfo()
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
                    title=hide(start.title),
                    command=hide(start.command),
                    arguments=tuple(arguments),
                    directory=hide(start.directory),
                    segment=0,
                    previous="",
                    origin=f"session {entry.session_id}, {self.remark}{earlier}",
                )
            ),
        )

    def _find_typed(self) -> None:
        """Note the entries of input that belong to a line with a secret in it: all that was typed until its Enter."""
        keyboard = KeyboardReader()
        run: list[Entry] = []
        size = 0
        for entry in self.recording.entries():
            if not isinstance(entry, Entry) or entry.direction != INPUT:
                continue
            run.append(entry)
            size += entry.size
            lines = keyboard.read(entry)
            if lines or size > _LONGEST_RUN:
                self._judge(run, [line.text for line in lines])
                run, size = ([entry] if size > _LONGEST_RUN and entry.size < _LONGEST_RUN else []), 0
        self._judge(run, [line.text for line in keyboard.finish()])

    def _judge(self, run: list[Entry], lines: list[str]) -> None:
        raw = b"".join(entry.data for entry in run).decode(errors="replace")
        if any(self.hide_text(text) != text for text in (raw, *lines)):
            self._left_out.update((entry.timestamp, entry.data) for entry in run)


def _cells(picture: Picture) -> Iterator[Cell]:
    return chain.from_iterable(row.cells for row in picture.rows)


def _texts_of(entry: Entry) -> Iterator[str]:
    """Yield the texts that a person gave with an entry."""
    if entry.direction == MARKER:
        yield entry.data.decode(errors="replace")
    elif entry.direction == START and (start := decode_info(entry, StartInfo)):
        yield from (start.title, start.command, _spoken(start.arguments))


def _spoken(arguments: tuple[str, ...]) -> str:
    """Return the arguments as text in which a rule sees what belongs together."""
    pairs = zip(("", *arguments), arguments, strict=False)
    return "\n".join(f"{first}={second}" for first, second in pairs)


def _with_data(entry: Entry, data: bytes) -> Entry:
    return Entry(entry.timestamp, entry.session_id, entry.direction, data, len(data))
