"""Where the server is reached: addresses and ports, a Unix socket of our own, or what a service manager hands over."""

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from claude_sessions.base.errors import UsageError
from claude_sessions.base.paths import inside
from claude_sessions.server.security import SOCKET, is_address

_BACKLOG = 512
_FIRST_HANDED = 3
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Listener(NamedTuple):
    """A socket that listens, and what it says of who comes through it."""

    socket: socket.socket
    kind: str
    """`socket` where only its owner can come through it; empty for all others."""
    url: str
    """How a browser reaches it; empty where none can."""
    file: tuple[int, int] = (0, 0)
    """Device and inode of the file that a Unix socket has made."""
    path: str = ""
    """Where that file is."""


def listen_on(host: str, port: int) -> list[Listener]:
    """Listen on every address of a host; UsageError says why that cannot be. Port 0 is any that is free."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{host}:{port} is no address to listen on: {reason}") from None
    listeners: list[Listener] = []
    failure: OSError | None = None
    for family, _, _, _, address in dict.fromkeys(found):
        at = listeners[0].socket.getsockname()[1] if listeners and not port else port
        try:
            listeners.append(_bound(family, (address[0], at), host))
        except OSError as error:
            failure = error
            if error.errno == errno.EADDRINUSE:
                break
    if failure is not None and (not listeners or failure.errno == errno.EADDRINUSE):
        for each in listeners:
            each.socket.close()
        raise UsageError(_why_not(failure, host, port))
    return listeners


def _bound(family: int, address: tuple[str | int, int], host: str) -> Listener:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return Listener(listener, "", f"http://{_in_url(host, str(address[0]))}:{listener.getsockname()[1]}")


def _in_url(host: str, address: str) -> str:
    """Return the host of an address that a person opens: all addresses of a machine have this one among them."""
    if address in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    name = address if is_address(address) else host
    return f"[{name}]" if ":" in name else name


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken, perhaps by another claude-sessions serve; stop that, or give --port"
    if error.errno == errno.EACCES:
        return f"port {port} is for the system alone; give --port with 1024 or more"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; give --host one that is, such as 127.0.0.1"
    return f"{host}:{port} cannot be listened on: {error.strerror}"


def listen_at(path: Path) -> Listener:
    """Listen on a Unix socket of mode 0600. One that nobody answers at is replaced; UsageError where that is no such."""
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"{path.parent} cannot be opened: {error.strerror}") from None
    try:
        with inside(folder):  # a path of any length can be bound by its name alone
            _clear(path)
            return _bound_to(path)
    finally:
        os.close(folder)


def _bound_to(path: Path) -> Listener:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(path.name)
    except OSError as error:
        listener.close()
        raise UsageError(f"{path} cannot be made: {error.strerror or error}") from None
    finally:
        os.umask(before)
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    made = os.lstat(path.name)
    return Listener(listener, SOCKET, "", (made.st_dev, made.st_ino), str(path))


def _clear(path: Path) -> None:
    """Remove a socket that a server left behind."""
    try:
        found = os.lstat(path.name)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise UsageError(f"{path} is there and no socket; name another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(path.name)
        except ConnectionRefusedError:
            os.unlink(path.name)
        except OSError as error:
            raise UsageError(f"{path} is there and cannot be asked: {error.strerror or error}") from None
        else:
            raise UsageError(f"{path} is taken: a server answers there; stop it, or name another path")


def remove_socket(listener: Listener, path: Path) -> None:
    """Remove our socket from its folder, unless another one has taken its place."""
    with contextlib.suppress(OSError):
        found = os.lstat(path)
        if (found.st_dev, found.st_ino) == listener.file:
            os.unlink(path)


def handed_over(environment: Mapping[str, str]) -> Sequence[Listener]:
    """Return the sockets that a service manager has opened for us (sd_listen_fds(3)); none where it has not."""
    if environment.get("LISTEN_PID") != str(os.getpid()):
        return ()
    count = environment.get("LISTEN_FDS", "")
    found = []
    for fd in range(_FIRST_HANDED, _FIRST_HANDED + (int(count) if count.isdigit() and len(count) < 4 else 0)):
        listening = socket.socket(fileno=fd)
        listening.set_inheritable(False)
        listening.setblocking(False)
        found.append(Listener(listening, SOCKET if _is_private(listening) else "", ""))
    return found


def _is_private(listening: socket.socket) -> bool:
    """Tell whether only its owner can connect to a socket that was made elsewhere."""
    if listening.family != socket.AF_UNIX:
        return False
    try:
        found = os.stat(listening.getsockname())
    except (OSError, ValueError):
        return False
    return found.st_uid == os.geteuid() and not found.st_mode & _OTHERS
