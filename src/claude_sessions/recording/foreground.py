"""Whether front still owns the terminal: asked before the host reads a key.

`kill -STOP` on front cannot be caught. Shell and host would then both read the terminal and share its keys out between
them (traps: Processes and terminals, 4). The question costs some 10 microseconds.
"""

import os

_STATE, _GROUP, _FOREGROUND = 0, 2, 5
_STOPPED = (b"T", b"t")
_NONE = b"-1"


class ForegroundWatch:
    """Reads front's `/proc/PID/stat`; where there is none (macOS) the answer is always yes.

    A terminal that controls nobody (under setsid) has no foreground group: then front only has to run.
    """

    def __init__(self, pid: int) -> None:
        try:
            self._fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._fd = -1

    def __call__(self) -> bool:
        """Tell whether front runs, in the terminal's foreground group."""
        if self._fd < 0:
            return True
        try:
            text = os.pread(self._fd, 512, 0)
        except OSError:
            return True  # gone: the end of its pipe says so
        fields = text[text.rindex(b")") + 2 :].split()
        return fields[_STATE] not in _STOPPED and fields[_FOREGROUND] in (fields[_GROUP], _NONE)
