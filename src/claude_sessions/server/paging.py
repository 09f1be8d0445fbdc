"""Long answers a page at a time: `limit` and `offset`, and what says how much more there is."""

from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from claude_sessions.server.limits import MOST_AT_ONCE
from claude_sessions.server.parameters import MOST_INTEGER
from claude_sessions.server.route import Call, Kind, Parameter

Item = TypeVar("Item")

LIMIT = Parameter("limit", Kind.INTEGER, "So many at most.", 100, least=1, most=MOST_AT_ONCE)
OFFSET = Parameter("offset", Kind.INTEGER, "So many are passed over.", 0, most=MOST_INTEGER)
PAGING = (LIMIT, OFFSET)


def page_of(items: Sequence[Item], call: Call) -> Sequence[Item]:
    """Return the items that a call asks for."""
    offset, limit = call["offset"], call["limit"]
    return items[offset : len(items) if limit is None else offset + limit]


def page_headers(total: int, call: Call) -> dict[str, str]:
    """Return the headers of a page: the number of all items, and where the next and the previous page are."""
    offset, limit = call["offset"], call["limit"]
    links = []
    if limit is not None and offset + limit < total:
        links.append(_link(call, offset + limit, "next"))
    if limit is not None and offset > 0:
        links.append(_link(call, max(0, offset - limit), "prev"))
    return {"X-Total-Count": str(total), **({"Link": ", ".join(links)} if links else {})}


def _link(call: Call, offset: int, relation: str) -> str:
    given: dict[str, Any] = dict(call.request.query_params) | {"limit": call["limit"], "offset": offset}
    return f'<{call.base}{call.request.scope["claude_sessions.path"]}?{urlencode(given)}>; rel="{relation}"'
