"""`token`: what programs and browsers show to the server."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from claude_sessions.server.state_folder import StateFolder

_PATIENCE_S = 5.0
_CREATED = 201


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
        print(_login_link(folder, found) if login else found)


def _login_link(folder: "StateFolder", token: str) -> str:
    """Ask the server that runs for a link; UsageError where none answers."""
    import http.client
    from contextlib import closing
    from urllib.parse import urlsplit

    import msgspec

    from claude_sessions.base.errors import UsageError
    from claude_sessions.base.foreign import UNDECODABLE

    try:
        address = msgspec.json.decode(folder.read("address.json") or b"", type=dict[str, Any])
        parts = urlsplit(str(address["url"]))
        asking = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE_S)
        with closing(asking) as connection:
            connection.request("POST", f"{parts.path}/api/login-link", headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            body = msgspec.json.decode(answer.read(65_536), type=dict[str, Any])
        if answer.status == _CREATED:
            return f"{parts.scheme}://{parts.netloc}{body['path']}"
    except (OSError, http.client.HTTPException, KeyError, *UNDECODABLE):
        raise UsageError(
            f"no server that uses {folder.path} answers on a port; claude-sessions serve starts one"
        ) from None
    raise UsageError(f"the server does not give a link: {body}")
