"""The player: a recording on a terminal, that a person winds to and fro."""

import math
from collections.abc import Callable, Iterable
from typing import Final

from claude_sessions.base.durations import parse_duration
from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.playback.caption import text_width
from claude_sessions.playback.damage import Damage
from claude_sessions.playback.keys import BACKSPACE, ENTER, ESCAPE, HELP, INTERRUPT, KEYS, Command
from claude_sessions.playback.pace import Pace
from claude_sessions.playback.places import Notice, Place, Places
from claude_sessions.playback.question import Question
from claude_sessions.playback.reel import Reel, Shot
from claude_sessions.playback.stage import LeaveError, Stage
from claude_sessions.playback.status import Status
from claude_sessions.playback.tape import Tape
from claude_sessions.playback.view import View

_STEP_S: Final = 5.0
_FAR_S: Final = 60.0

_SPEEDS: Final = (0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 12, 20, 50, 100)

_PROGRESS_AFTER: Final = 0.3
"""Seconds of winding without a word."""

_TENTHS: Final = 10

_BESIDE_MESSAGE: Final = 16
"""Columns that a status line has before its message: position and length."""

_HELP_ELSEWHERE: Final = ("keys: man claude-sessions", "keys: see man page")
"""On a terminal that is too narrow for them, and on one that is too narrow for that."""

_BRIEFLY: Final = 1.0
"""Seconds for which the status line says that it is gone."""

Search = Callable[[str, Notice], Iterable[Place]]
"""Returns where a text was on the screen, in any order."""
Locate = Callable[[str], float]
"""Returns the seconds from the start that a person means, `1:30` or `@marker`; raises our errors."""


def _nowhere(*_about: object) -> Iterable[Place]:
    """Find nothing."""
    return ()


class Player:
    """Plays one recording on one stage.

    `places` are what `[` and `]` go to, `search` looks for what `/` asks for, `locate` reads what `g` is told.
    """

    def __init__(
        self,
        tape: Tape,
        stage: Stage,
        *,
        places: Places | None = None,
        search: Search = _nowhere,
        locate: Locate = parse_duration,
    ) -> None:
        self._tape = tape
        self._stage = stage
        self._places = Places(_nowhere) if places is None else places
        self._places.notice = lambda: self._progress("looking for markers and prompts")
        self._find = search
        self._locate = locate
        self._hits = Places(_nowhere)
        self._busy_since: float | None = None
        self._reel = Reel(tape)
        self._view = View(stage, self._reel.window.size)
        self._pace = Pace()
        self._status = Status()
        self._help: int | None = None
        """The first of the keys that are named on the screen."""
        self._wanted_text = Question("/")
        self._wanted_time = Question("go to ")
        self._stepping = False
        self._stay = False
        self._begin = 0.0
        self._end = math.inf
        self._commands: dict[Command, Callable[[str], None]] = {
            Command.PAUSE: self._pause,
            Command.BACK: lambda _key: self._seek(self.position() - _STEP_S),
            Command.FORWARD: lambda _key: self._forward(_STEP_S),
            Command.FAR_BACK: lambda _key: self._seek(self.position() - _FAR_S),
            Command.FAR_FORWARD: lambda _key: self._forward(_FAR_S),
            Command.FIRST: lambda _key: self._seek(self._begin),
            Command.LAST: lambda _key: self._seek(self._last_s()),
            Command.FASTER: lambda _key: self._change_speed(faster=True),
            Command.SLOWER: lambda _key: self._change_speed(faster=False),
            Command.STEP: self._step,
            Command.STEP_BACK: self._step_back,
            Command.LAST_PLACE: lambda _key: self._jump(self._places, forward=False),
            Command.NEXT_PLACE: lambda _key: self._jump(self._places),
            Command.SEARCH: self._search,
            Command.NEXT_HIT: lambda _key: self._jump(self._hits),
            Command.LAST_HIT: lambda _key: self._jump(self._hits, forward=False),
            Command.GO: self._go,
            Command.TENTH: lambda key: self._seek(self._begin + (self._last_s() - self._begin) * int(key) / _TENTHS),
            Command.BAR: self._switch_bar,
            Command.HELP: lambda _key: self._show_help(0),
            Command.QUIT: self._quit,
        }

    @property
    def damage(self) -> Damage:
        """What of the log could not be read so far."""
        return self._reel.damage

    @property
    def ended(self) -> bool:
        """Whether the program's own end has been reached: it left the cursor where the next prompt belongs."""
        return self._reel.ended

    def position(self) -> float:
        """Return where we are, in seconds from the start of the recording."""
        return min(self._last_s(), self._reel.recorded_at(self._pace.position(self._stage.clock())))

    def play(
        self,
        *,
        speed: float = 1,
        idle_limit: float = 0,
        at: float = 0,
        begin: float = 0,
        end: float = math.inf,
        loop: bool = False,
    ) -> None:
        """Play from `begin` to `end`, at first from `at` on; return at the end, unless a person has wound to there.

        All of these are seconds from the start of the recording. Of a wait at most `idle_limit` seconds are made (0: no limit).
        With `loop` the end is followed by the beginning, unless a person has wound to there or paused.
        """
        self._pace.speed = speed
        self._begin, self._end = begin, min(end, self._tape.length_s) if loop else end
        self._places.bounds = (begin, self._last_s())
        self._reel.begin(idle_limit, self._end)
        self._start(max(at, begin))
        while True:
            self._play_on()
            if self._stay or self._pace.paused:
                self._wait(math.inf)
            elif loop:
                self._stage.poll()  # there may have been nothing to wait for
                self._wind(begin)
                if not self._has_more():
                    break  # a stretch of no length
            else:
                break
        self._view.leave_behind()

    def _start(self, at: float) -> None:
        if at > 0 or self._view.cropped:
            self._wind(at)
            self._stay = False
        else:
            self._pace.set(self._stage.clock(), 0.0)
        if self._view.cropped:
            columns, rows = self._reel.window.size
            message = f"recorded at {columns}x{rows}: the part around the cursor is shown"
            self._say(message if text_width(message) + _BESIDE_MESSAGE <= self._view.columns else "")

    def _play_on(self) -> None:
        """Show what comes until the end."""
        while shot := self._reel.next:
            if self._wait(shot.moment.played):
                self._show(shot)

    def _show(self, shot: Shot) -> None:
        before = self._view.state() if self._stepping else b""
        for size in self._reel.resized():
            self._view.resize(size)
        self._view.show(self._reel.take())
        if self._stepping and self._view.state() != before:
            self._stepping = False
            self._pace.set(self._stage.clock(), shot.moment.played)

    def _wait(self, played: float) -> bool:
        """Wait until a position is due and return True; False as soon as we are elsewhere."""
        pending = self._reel.next
        while True:
            self._heed()
            if self._reel.next is not pending:
                return False
            if self._stepping and pending:
                return True
            now = self._stage.clock()
            due = self._pace.due(played)
            if due <= now:
                return True
            self._draw_overlay()
            self._view.flush()
            self._stage.wait_until(min(due, self._status.changes(now, paused=self._stands_still())))

    def _heed(self) -> None:
        """Act on what the person has done."""
        self._heed_terminal()
        pending = self._reel.next
        while self._stage.keys and self._reel.next is pending:
            key = self._stage.keys.popleft()
            shown, self._help = self._help, None
            if shown is not None and key == "?":
                self._show_help(shown + max(1, self._view.room_for(HELP)))
            elif command := KEYS.get(key):
                self._busy_since = None
                self._commands[command](key)
            else:
                self._say()

    def _heed_terminal(self) -> None:
        """Draw again after something else was on the terminal, or it has got another size."""
        if self._stage.resized or self._stage.resumed:
            self._stage.resized = self._stage.resumed = False
            self._view.draw_anew()

    def _draw_overlay(self) -> None:
        line = self._status.line(
            self._stage.clock(),
            self._view.columns,
            position=self.position(),
            length=self._last_s(),
            speed=self._pace.speed,
            paused=self._stands_still(),
            note="{}x{}, cut".format(*self._reel.window.size) if self._view.cropped else "",
        )
        if self._help is None:
            self._view.overlay(line)
        elif room := self._view.room_for(HELP):
            self._view.overlay(line, HELP[self._help : self._help + room])
        else:
            self._view.overlay((_HELP_ELSEWHERE[text_width(_HELP_ELSEWHERE[0]) >= self._view.columns], ""))

    def _say(self, message: str = "") -> None:
        self._status.tell(self._stage.clock(), message)

    def _wind(self, at: float, *, stay: bool = True) -> None:
        """Go to a moment and show it; with `stay` the replay does not end where that is its last."""
        at = min(max(at, self._begin), self._last_s())
        self._busy_since = None
        for share in self._tape.wind(self._reel.time_ns(at)):
            self._progress(f"drawing the pictures on the way: {share:.0%}")
        emulator = self._reel.wind(at)
        self._pace.set(self._stage.clock(), self._reel.played_at(at))
        self._stay = stay and not self._has_more()
        self._stepping = False
        self._view.turn_to(emulator, self._reel.window)

    def _seek(self, at: float) -> None:
        self._wind(at)
        self._say()

    def _has_more(self) -> bool:
        """Tell whether there is something to come."""
        return self._reel.next is not None

    def _stands_still(self) -> bool:
        """Tell whether time does not pass: a pause, or the end."""
        return self._pace.paused or not self._has_more()

    def _last_s(self) -> float:
        return min(self._end, self._tape.length_s)

    def _pause(self, _key: str) -> None:
        """Pause, or go on; at the end begin again."""
        if self._has_more():
            self._pace.pause(self._stage.clock(), paused=not self._pace.paused)
        else:
            self._pace.pause(self._stage.clock(), paused=False)
            self._wind(self._begin)
        self._stepping = False
        self._say()

    def _forward(self, seconds: float) -> None:
        """Go so far; a wait that is shortened anyway is left out."""
        wanted = self.position() + seconds
        shot = self._reel.next
        if (
            shot
            and shot.moment.recorded - self._reel.last.recorded > shot.moment.played - self._reel.last.played + 1e-3
        ):
            wanted = max(wanted, shot.moment.recorded)
        self._seek(wanted)

    def _change_speed(self, *, faster: bool) -> None:
        speed = self._pace.speed
        others = [each for each in _SPEEDS if (each > speed if faster else each < speed)]
        if others:
            self._pace.change_speed(self._stage.clock(), others[0] if faster else others[-1])
        self._say(f"speed {self._pace.speed:g}x")

    def _step(self, _key: str) -> None:
        self._pace.pause(self._stage.clock(), paused=True)
        self._stepping = True
        self._say()

    def _step_back(self, _key: str) -> None:
        """Go to the latest picture before this one that was another, and pause there."""
        self._pace.pause(self._stage.clock(), paused=True)
        now = self.position()
        self._wind(now)
        picture = self._view.state()
        for moment in self._reel.shots_before(now):
            self._stage.poll()  # there may be much that changes nothing
            self._wind(moment)
            if moment <= self._begin or self._view.state() != picture:
                break
        self._say()

    def _jump(self, places: Places, *, forward: bool = True) -> None:
        """Go to a marker, a prompt or a hit and pause there; say so where there is none."""
        found = places.next(self.position()) if forward else places.last(self.position())
        if found:
            self._go_to_place(*found)
        elif places is self._hits and not places.count():
            self._say("nothing to find: / searches")
        else:
            self._say(places.no_more("hit" if places is self._hits else "marker or prompt", forward=forward))

    def _go_to_place(self, place: Place, number: str) -> None:
        """Pause at a place: what is there may scroll off a moment later."""
        self._pace.pause(self._stage.clock(), paused=True)
        self._wind(place.offset_s + 1e-6)
        self._say(f"{number}: {place.text}")

    def _search(self, _key: str) -> None:
        wanted = self._ask(self._wanted_text)
        hits = Places(lambda _notice: self._find(wanted, lambda: self._progress(f"looking for {wanted}")))
        hits.bounds = self._places.bounds
        found = (hits.next(self.position()) or hits.next(-1.0)) if wanted else None
        if found:
            self._hits = hits
            self._go_to_place(*found)
        else:
            self._say(f"not found: {wanted}" if wanted else "")

    def _go(self, _key: str) -> None:
        wanted = self._ask(self._wanted_time)
        try:
            if wanted:
                self._seek(self._locate(wanted))
            else:
                self._say()
        except ClaudeSessionsError as error:
            self._say(str(error))

    def _ask(self, question: Question) -> str:
        """Have a line typed at the bottom while time stands still; empty where the person thinks better of it."""
        was_paused = self._pace.paused
        self._pace.pause(self._stage.clock(), paused=True)
        self._stage.typing = True
        question.begin()
        try:
            while True:
                self._view.overlay((question.line(self._view.columns), ""))
                self._view.flush()
                self._stage.wait_until(math.inf)
                self._heed_terminal()
                while self._stage.keys:
                    key = self._stage.keys.popleft()
                    if key == ENTER:
                        return question.answer()
                    if key in (ESCAPE, INTERRUPT) or (key == BACKSPACE and not question.text):
                        return ""
                    question.edit(key)
        finally:
            self._stage.typing = False
            self._pace.pause(self._stage.clock(), paused=was_paused)

    def _progress(self, message: str) -> None:
        """Say what takes so long, once it does, and let the person leave."""
        if self._busy_since is None:
            self._busy_since = self._stage.clock()
        if self._stage.clock() - self._busy_since > _PROGRESS_AFTER:
            self._view.overlay((message, ""))
            self._view.flush()
        self._stage.poll()

    def _switch_bar(self, _key: str) -> None:
        self._status.on = not self._status.on
        if self._status.on:
            self._say("status line on")
        else:
            self._status.tell(self._stage.clock(), "status line off", _BRIEFLY)

    def _show_help(self, first: int) -> None:
        """Name the keys from that one on, as many as fit; none where there are no more."""
        self._help = first if first < len(HELP) and (first == 0 or self._view.room_for(HELP)) else None

    def _quit(self, _key: str) -> None:
        raise LeaveError
