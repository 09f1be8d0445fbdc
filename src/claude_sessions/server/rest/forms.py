"""Pieces of schemas and parameters that several questions share."""

from typing import Any

from claude_sessions.server.route import Kind, Parameter

SESSION = Parameter(
    "id", Kind.ID, "A recording's or a session's id, 4 or more characters of it, or last.", place="path"
)
FROM = Parameter("from", Kind.NUMBER, "Seconds from the start of the recording.", 0.0)
TO = Parameter("to", Kind.NUMBER, "Seconds from the start; what happened then belongs to it.")

VERSION = 1
"""Of the JSON forms, as commands print them."""


def object_of(**properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has all of these, and may have more."""
    return {"type": "object", "required": list(properties), "properties": properties}


def list_of(item: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an array."""
    return {"type": "array", "items": item}


TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "number"}
INTEGER: dict[str, Any] = {"type": "integer"}
OBJECT: dict[str, Any] = {"type": "object"}
MAYBE_TEXT: dict[str, Any] = {"type": ["string", "null"]}
MAYBE_INTEGER: dict[str, Any] = {"type": ["integer", "null"]}
