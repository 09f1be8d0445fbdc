"""`serve`: everything over HTTP, to programs and to a browser."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_sessions.server.listen import Listener
    from claude_sessions.server.serve import Place
    from claude_sessions.server.state import State
    from claude_sessions.server.state_folder import StateFolder

_LEVELS = ("debug", "info", "warning", "error")
_LARGEST_PORT = 65_535
_EXTRA = frozenset({"anyio", "anycorn", "h11", "h2", "starlette", "wsproto"})
_OPENER = "open.html"


def serve(
    host: Annotated[
        str | None, typer.Option("--host", metavar="HOST", help="The address to listen on; 127.0.0.1 if left out.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", metavar="PORT", help="The port; 8765 if left out, 0 for any that is free.")
    ] = None,
    uds: Annotated[
        str | None,
        typer.Option("--uds", metavar="PATH", help="A Unix socket for you alone; without --host and --port only that."),
    ] = None,
    config: Annotated[
        str | None, typer.Option("--config", metavar="FILE", help="Settings, in place of config.toml in the home.")
    ] = None,
    state_dir: Annotated[
        str | None,
        typer.Option("--state-dir", metavar="DIR", help="The server's own folder, in place of server in the home."),
    ] = None,
    log_level: Annotated[
        str, typer.Option("--log-level", metavar="LEVEL", help="What is told on stderr: debug, info, warning or error.")
    ] = "info",
    debug: Annotated[bool, typer.Option("--debug", help="The same as --log-level debug.")] = False,
    trust_loopback: Annotated[
        bool,
        typer.Option("--trust-loopback", help="Ask nobody on this machine for credentials: every user may read all."),
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="A name of this server beside IP addresses and localhost."),
    ] = None,
    env: Annotated[bool, typer.Option("--env", help="Take HOST and PORT from the environment, too.")] = False,
    open: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    base_path: Annotated[
        str, typer.Option("--base-path", metavar="PATH", help="What a proxy puts before every path, such as /claude.")
    ] = "",
) -> None:
    """Serve sessions to a browser and to programs.

    Live and recorded ones. It listens on this machine alone. Every question needs credentials: the token that claude-sessions token prints, or
    a browser that has opened the link that is printed at the start.
    """
    from claude_sessions.base.errors import UsageError
    from claude_sessions.base.paths import expanded

    level = "debug" if debug else log_level.lower()
    if level not in _LEVELS:
        raise UsageError(f"--log-level {log_level} is none of {', '.join(_LEVELS)}")
    try:
        from claude_sessions.server.serve import log_on_stderr, run
        from claude_sessions.server.state import Options
        from claude_sessions.server.state_folder import StateFolder, state_path
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    place = _place(host, port, uds, config, env=env)
    options = Options(
        names=tuple(_name(each) for each in allow_host or ()), trust_loopback=trust_loopback, base_path=_base(base_path)
    )
    path = state_path(expanded(state_dir) if state_dir else None)
    with log_on_stderr(level), StateFolder(path) as folder:
        try:
            run(place, folder, options, lambda state, listeners: _tell(state, listeners, browser=open))
        finally:
            folder.remove(_OPENER)


def _missing(error: ModuleNotFoundError) -> Exception:
    """Return what to say where a package of the extra is not installed; other errors as they are."""
    from claude_sessions.base.errors import UsageError

    if (error.name or "").partition(".")[0] not in _EXTRA:
        return error
    return UsageError("serve needs more packages; run: pip install 'claude-session-recorder[server]'")


def _place(host: str | None, port: int | None, uds: str | None, config: str | None, *, env: bool) -> "Place":
    """Return where to listen: as the options say, else the settings."""
    from claude_sessions.base.config import load_config
    from claude_sessions.base.errors import UsageError
    from claude_sessions.base.paths import expanded
    from claude_sessions.server.serve import Place

    settings = load_config(file=expanded(config).absolute() if config else None)
    plain = os.environ if env else {}
    path = expanded(uds).absolute() if uds else None
    if path and host is None and port is None:
        return Place(None, 0, path)
    number = plain.get("PORT", "") if port is None else str(port)
    number = number or str(settings["port"])
    if not (number.isascii() and number.isdigit() and len(number) < 6 and int(number) <= _LARGEST_PORT):
        raise UsageError(f"{number} is no port; give a number from 0 to {_LARGEST_PORT}")
    return Place(host or plain.get("HOST") or settings["host"], int(number), path)


def _name(text: str) -> str:
    from claude_sessions.base.errors import UsageError
    from claude_sessions.server.security import parse_authority

    found = parse_authority(text)
    if found is None or found.port is not None:
        raise UsageError(f"--allow-host {text} is no host name; give one such as logs.example.org, without a port")
    return found.host


def _base(text: str) -> str:
    import re

    from claude_sessions.base.errors import UsageError

    base = text.rstrip("/")
    if base and not re.fullmatch(r"(?:/[A-Za-z0-9._~-]+)+", base):
        raise UsageError(f"--base-path {text} is no path; give one such as /claude")
    return base


def _tell(state: "State", listeners: "Sequence[Listener]", *, browser: bool) -> None:
    """Say where the server is reached, how a browser gets in, and what is risky about it."""
    from claude_sessions.cli.output import complain
    from claude_sessions.server.security import SOCKET, is_loopback
    from claude_sessions.server.serve import login_url

    for each in listeners:
        if each.kind == SOCKET:
            print(f"listening on a socket for you alone: {each.path or each.socket.getsockname()}")
        else:
            print(f"listening on {each.url + state.options.base_path if each.url else each.socket.getsockname()}")
    if state.options.trust_loopback:
        complain("--trust-loopback: every user and every program on this machine may read all your sessions")
    if any(each.url and not is_loopback(each.socket.getsockname()[0]) for each in listeners):
        complain("others can reach this address and nothing is encrypted: put a proxy with TLS in front of it")
    url = next((each.url for each in listeners if each.url), "")
    if url:
        print(
            f"open {login_url(state, url)} (works once, for five minutes; claude-sessions token --login prints another)"
        )
        if browser:
            _open_browser(state.folder, login_url(state, url))
    sys.stdout.flush()


def _open_browser(folder: "StateFolder", url: str) -> None:
    """Open a link in a browser. By a file of ours: what stands on a command line every user of the machine can see."""
    import threading
    import webbrowser

    page = f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={url}">'
    folder.write(_OPENER, page.encode())
    uri = Path(folder.path / _OPENER).as_uri()
    threading.Thread(target=webbrowser.open, args=(uri,), daemon=True).start()
