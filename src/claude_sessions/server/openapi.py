"""`/openapi.json`: the table of routes in the form that programs read."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from claude_sessions.server.parameters import FLAGS, ID_PATTERN, LONGEST_TEXT, MOST_INTEGER, MOST_NUMBER
from claude_sessions.server.route import WEBSOCKET, Access, Answer, Call, Kind, Parameter, Route, json_answer
from claude_sessions.version import __version__

PATH = "/openapi.json"

_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}
_REFUSALS = {
    "400": "It cannot be meant.",
    "401": "No credentials, or wrong ones.",
    "403": "A page of another origin asked.",
    "404": "There is no such thing.",
    "405": "Another method is meant.",
    "408": "The body took too long.",
    "409": "Several answer to that name.",
    "413": "Too long.",
    "416": "The range begins behind the end.",
    "421": "No name of this server.",
    "429": "Too many wrong credentials.",
    "500": "Something cannot be read, or went wrong.",
    "503": "Too much at the same time, or not there yet.",
}


def with_document(routes: Sequence[Route]) -> Sequence[Route]:
    """Return the routes, and the one of the document, which is among those that it describes."""

    async def answer(call: Call) -> Response:
        return json_answer(document(every, call.base))

    every = [
        *routes,
        Route(PATH, "GET", answer, "This document.", answer=Answer("OpenAPI 3.1.")),
    ]
    return every


def document(routes: Sequence[Route], base: str = "") -> dict[str, Any]:
    """Return the document. Of WebSockets, for which OpenAPI has no words, there is a list of its own."""
    paths: dict[str, dict[str, Any]] = {}
    sockets = {}
    for route in routes:
        if route.method == WEBSOCKET:
            sockets[route.path] = {
                "summary": route.summary,
                "parameters": [_parameter(each) for each in route.parameters],
            }
        else:
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "claude-sessions",
            "version": __version__,
            "description": "Recordings and transcripts of Claude Code, as they are and as they grow.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": base or "/"}],
        "security": [{"token": []}, {"browser": []}],
        "paths": paths,
        "x-websockets": sockets,
        "components": {
            "schemas": {"Error": _ERROR},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "browser": {"type": "apiKey", "in": "cookie", "name": "claude_sessions"},
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    schema = {"schema": {"$ref": "#/components/schemas/Error"}}
    answers: dict[str, Any] = {
        status: {"description": meaning, "content": {"application/json": schema}}
        for status, meaning in _REFUSALS.items()
    }
    answers[str(route.answer.status)] = _answer(route.answer)
    return {
        "summary": route.summary,
        "operationId": _name_of(route),
        "parameters": [_parameter(each) for each in route.parameters],
        "responses": dict(sorted(answers.items())),
        **({"security": []} if route.access is Access.OPEN else {}),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    if answer.status in {204, 303}:
        return {"description": answer.meaning}
    return {"description": answer.meaning, "content": {answer.content_type: {"schema": dict(answer.schema)}}}


def _name_of(route: Route) -> str:
    words = [word.strip("{}") for word in route.path.replace(".", "/").split("/") if word]
    return "_".join([route.method.lower(), *words]).replace("-", "_")


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = dict(_SCHEMAS[parameter.kind])
    if parameter.choices:
        schema = {"type": "string", "enum": list(parameter.choices)}
    if parameter.least is not None:
        schema["minimum"] = parameter.least
    if parameter.most is not None:
        schema["maximum"] = parameter.most
    if parameter.default is not None:
        default = parameter.default
        schema["default"] = str(default).lower() if isinstance(default, bool) else default
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required or parameter.place == "path",
        "description": parameter.meaning,
        "schema": schema,
    }


_SCHEMAS: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string", "maxLength": LONGEST_TEXT, "pattern": "^[^\\x00]*$"},
    Kind.ID: {"type": "string", "pattern": ID_PATTERN},
    Kind.INTEGER: {"type": "integer", "minimum": 0, "maximum": MOST_INTEGER},
    Kind.NUMBER: {"type": "number", "minimum": 0, "maximum": MOST_NUMBER},
    Kind.FLAG: {"type": "string", "enum": list(FLAGS)},
}
