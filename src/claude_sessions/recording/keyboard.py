"""What is done to input on its way to the child: one configured key is taken out, and passwords are noticed."""

from collections.abc import Callable, Iterator

import trio

from claude_sessions.recording.keys import KeyMatcher
from claude_sessions.recording.lane import Lane
from claude_sessions.recording.terminal import get_attributes, reads_a_password

_HELD_S = 0.05
"""How long the beginning of an escape sequence waits for its rest, where it may be the configured key."""


class Keyboard:
    """The filter of the lane from the person's terminal to the child's.

    `pressed` is called for each press of `key`. `master` is the PTY, whose settings say whether a password is typed.
    """

    def __init__(self, master: int, key: KeyMatcher | None, pressed: Callable[[], None]) -> None:
        self.hides_input = False
        """Whether what was read last was typed at a password prompt."""
        self._master = master
        self._key = key
        self._pressed = pressed
        self._presses: list[int] = []
        """After how many bytes the key was pressed: those before it have yet to be delivered."""
        self._passed_on = 0
        self._delivered = 0

    def __call__(self, data: bytes) -> bytes:
        """Return what the child gets of `data`."""
        self.hides_input = self._at_password_prompt()
        if self._key is None:
            self._passed_on += len(data)
            return data
        kept = b""
        for piece in self._key.feed(data):
            if isinstance(piece, bytes):
                kept += piece
            elif self._passed_on + len(kept) > self._delivered:
                self._presses.append(self._passed_on + len(kept))
            else:
                self._pressed()
        self._passed_on += len(kept)
        return kept

    def between_presses(self, delivered: bytes) -> Iterator[bytes]:
        """Yield what was delivered piece by piece, with the key pressed in between."""
        at = 0
        while self._presses and self._presses[0] <= self._delivered + len(delivered):
            place = self._presses.pop(0) - self._delivered
            if at < place:
                yield delivered[at:place]
            self._pressed()
            at = place
        if at < len(delivered):
            yield delivered[at:]
        self._delivered += len(delivered)

    async def release_held(self, lane: Lane) -> None:
        """Pass on what was held back as soon as nothing follows; runs until cancelled."""
        while self._key is not None:
            await trio.sleep(_HELD_S)
            if self._key.holding and not lane.pending:
                held = self._key.flush()
                self._passed_on += len(held)
                lane.offer(held)

    def _at_password_prompt(self) -> bool:
        try:
            return reads_a_password(get_attributes(self._master))
        except OSError:
            return False
