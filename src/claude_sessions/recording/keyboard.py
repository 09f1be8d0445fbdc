"""What is done to input on its way to the child: the configured keys are taken out, and passwords are noticed."""

from collections.abc import Callable, Iterable, Iterator

import trio

from claude_sessions.recording.keys import KeyMatcher
from claude_sessions.recording.lane import Lane
from claude_sessions.recording.terminal import get_attributes, reads_a_password

_HELD_S = 0.05
"""How long the beginning of an escape sequence waits for its rest, where it may be the configured key."""


_Piece = bytes | Callable[[], object]


class Keyboard:
    """The filter of the lane from the person's terminal to the child's.

    Each of `keys` comes with what to call when it is pressed; without a matcher it is not there. `master` is the PTY,
    whose settings say whether a password is typed.
    """

    def __init__(self, master: int, keys: Iterable[tuple[KeyMatcher | None, Callable[[], object]]]) -> None:
        self.hides_input = False
        """Whether what was read last was typed at a password prompt."""
        self._master = master
        self._keys = [(key, pressed) for key, pressed in keys if key is not None]
        self._presses: list[tuple[int, Callable[[], object]]] = []
        """After how many bytes a key was pressed, and what to call then: those before it have yet to be delivered."""
        self._passed_on = 0
        self._delivered = 0

    def __call__(self, data: bytes) -> bytes:
        """Return what the child gets of `data`."""
        self.hides_input = self._at_password_prompt()
        if not self._keys:
            self._passed_on += len(data)
            return data
        return self._pass_on(self._take_out([data], self._keys))

    def between_presses(self, delivered: bytes) -> Iterator[bytes]:
        """Yield what was delivered piece by piece, with the keys pressed in between."""
        at = 0
        while self._presses and self._presses[0][0] <= self._delivered + len(delivered):
            after, pressed = self._presses.pop(0)
            place = after - self._delivered
            if at < place:
                yield delivered[at:place]
            pressed()
            at = place
        if at < len(delivered):
            yield delivered[at:]
        self._delivered += len(delivered)

    async def release_held(self, lane: Lane) -> None:
        """Pass on what was held back as soon as nothing follows; runs until cancelled."""
        while self._keys:
            await trio.sleep(_HELD_S)
            if any(key.holding for key, _ in self._keys) and not lane.pending:
                lane.offer(self._flush())

    def _flush(self) -> bytes:
        """Return what the keys held back; what the first lets go the next may have to look at."""
        kept = b""
        for number, (key, _) in enumerate(self._keys):
            if key.holding:
                kept += self._pass_on(self._take_out([key.flush()], self._keys[number + 1 :]))
        return kept

    def _take_out(
        self, pieces: Iterable[_Piece], keys: Iterable[tuple[KeyMatcher, Callable[[], object]]]
    ) -> list[_Piece]:
        """Return the pieces of input with what to call where a key was pressed."""
        found = list(pieces)
        for key, pressed in keys:
            taken: list[_Piece] = []
            for piece in found:
                if isinstance(piece, bytes):
                    taken += [part if isinstance(part, bytes) else pressed for part in key.feed(piece)]
                else:
                    taken.append(piece)
            found = taken
        return found

    def _pass_on(self, pieces: Iterable[_Piece]) -> bytes:
        kept = b""
        for piece in pieces:
            if isinstance(piece, bytes):
                kept += piece
            elif self._passed_on + len(kept) > self._delivered:
                self._presses.append((self._passed_on + len(kept), piece))
            else:
                piece()
        self._passed_on += len(kept)
        return kept

    def _at_password_prompt(self) -> bool:
        try:
            return reads_a_password(get_attributes(self._master))
        except OSError:
            return False
