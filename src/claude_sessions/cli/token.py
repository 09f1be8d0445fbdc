"""`token`: what programs and browsers show to the server."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from claude_sessions.server.client.place import Place
    from claude_sessions.server.state_folder import StateFolder

_PATIENCE_S = 5.0
_CREATED = 201
_LINK = re.compile(r"(?:/[A-Za-z0-9._~-]+)+\?code=[A-Za-z0-9_-]{1,100}")


def token(
    new: Annotated[
        bool, typer.Option("--new", help="Make another token: the old one and all browsers' logins are void.")
    ] = False,
    login: Annotated[
        bool, typer.Option("--login", help="Print a link that logs a browser in, once, within five minutes.")
    ] = False,
    state_dir: Annotated[
        str | None, typer.Option("--state-dir", metavar="DIR", help="The server's own folder, as serve was given it.")
    ] = None,
) -> None:
    """Print the token that programs show to the server.

    It is made where there is none yet. Whoever has it can read all your sessions. With --login the server has to run.
    """
    from claude_sessions.base.paths import expanded
    from claude_sessions.cli.serve import _missing
    from claude_sessions.server.state_folder import StateFolder, state_path

    try:
        from claude_sessions.server.tokens import read_token, renew_token
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    with StateFolder(state_path(expanded(state_dir) if state_dir else None)) as folder:
        found = renew_token(folder) if new else read_token(folder) or renew_token(folder)
        print(_login_link(folder) if login else found)


def _login_link(folder: "StateFolder") -> str:
    """Ask the server that runs for a link; UsageError where none answers.

    Only who holds the folder's lock is asked: whoever else listens where the server was would get the token.
    """
    from urllib.parse import urlsplit

    import msgspec

    from claude_sessions.base.errors import UsageError
    from claude_sessions.base.foreign import UNDECODABLE
    from claude_sessions.server.client.place import own_place
    from claude_sessions.server.serve import ADDRESS_FILE, Address

    nobody = f"no server that uses {folder.path} answers; claude-sessions serve starts one"
    place = own_place(folder.path)
    if place is None:
        raise UsageError(nobody)
    try:
        address = msgspec.json.decode(folder.read_held(ADDRESS_FILE) or b"", type=Address)
        status, body = _ask(place)
        path = str(msgspec.json.decode(body, type=dict[str, Any]).get("path"))
    except (OSError, *UNDECODABLE):
        raise UsageError(nobody) from None
    if not address.url:
        raise UsageError(f"the server listens on {place} alone, which browsers cannot open; give serve --port too")
    if status != _CREATED or not _LINK.fullmatch(path):
        raise UsageError(f"the server gives no link: it answers with status {status}; its own messages say why")
    parts = urlsplit(address.url)
    return f"{parts.scheme}://{parts.netloc}{path}"


def _ask(place: "Place") -> tuple[int, bytes]:
    """Return status and body of the answer; raises OSError, and ValueError for what is no answer."""
    import http.client
    import socket
    from contextlib import closing

    with closing(
        http.client.HTTPConnection(place.host or "localhost", place.port or None, timeout=_PATIENCE_S)
    ) as asking:
        if place.uds:
            asking.sock = socket.socket(socket.AF_UNIX)
            asking.sock.settimeout(_PATIENCE_S)
            asking.sock.connect(place.uds)
        headers = {name.decode(): text.decode() for name, text in place.headers}
        try:
            asking.request("POST", f"{place.base_path}/api/login-link", headers=headers)
            answer = asking.getresponse()
            return answer.status, answer.read(65_536)
        except http.client.HTTPException:
            raise ValueError("no answer") from None
