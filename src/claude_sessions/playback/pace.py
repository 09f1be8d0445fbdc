"""How far a replay is: a straight line between the clock and the time that is played, bent by speed and pauses."""


class Pace:
    """Turns the clock into a position in played seconds, and a position into the time at which it is due.

    Both are computed from where the line was last bent. Nothing is summed up on the way, so nothing drifts.
    """

    def __init__(self, speed: float = 1) -> None:
        self.speed = speed
        self.paused = False
        self._since = 0.0
        self._position = 0.0

    def set(self, clock: float, position: float) -> None:
        """Be at `position` at that time."""
        self._since, self._position = clock, position

    def position(self, clock: float) -> float:
        """Return the position at that time."""
        return self._position if self.paused else self._position + (clock - self._since) * self.speed

    def due(self, position: float) -> float:
        """Return the time at which a position is reached; infinity while it is paused."""
        return float("inf") if self.paused else self._since + (position - self._position) / self.speed

    def pause(self, clock: float, *, paused: bool) -> None:
        """Stand still, or go on."""
        self.set(clock, self.position(clock))
        self.paused = paused

    def change_speed(self, clock: float, speed: float) -> None:
        """Be so many times as fast from here on."""
        self.set(clock, self.position(clock))
        self.speed = speed
