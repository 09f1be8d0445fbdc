"""The tools of a generated corpus: what they are asked, and what they say."""

import random
from typing import Any

from bench.corpus_text import Text

Json = dict[str, Any]

_TOOLS = {"Bash": 36, "Read": 26, "Edit": 14, "Grep": 8, "TodoWrite": 6, "Glob": 4, "Write": 4, "WebFetch": 2}
_LONGEST = 420_000
"""Characters of the longest file that is read; its line has it twice."""


class Tools:
    """Makes the calls and the results of a session that works in `cwd`."""

    def __init__(self, rng: random.Random, text: Text, cwd: str) -> None:
        self._rng = rng
        self._text = text
        self._cwd = cwd

    def choose(self) -> str:
        """Return the name of a tool, the usual ones more often."""
        return self._rng.choices(list(_TOOLS), weights=list(_TOOLS.values()))[0]

    def input(self, name: str) -> Json:
        """Return what the model asks of a tool."""
        text, rng = self._text, self._rng
        path = f"{self._cwd}/src/{text.word()}/{text.word()}.py"
        match name:
            case "Bash":
                return {"command": text.code(length(rng, 90, 0.8, 4000)), "description": text.prose(40)}
            case "Read":
                return {"file_path": path}
            case "Edit":
                old = text.code(length(rng, 350, 0.9, 8000))
                return {"file_path": path, "old_string": old, "new_string": old + text.code(80), "replace_all": False}
            case "Write":
                return {"file_path": path, "content": text.code(length(rng, 3500, 0.9, 80_000))}
            case "TodoWrite":
                return {"todos": self._todos()}
            case "WebFetch":
                return {"url": f"https://docs.example/{text.word()}", "prompt": text.prose(80)}
            case _:
                return {"pattern": text.word(), "path": self._cwd}

    def _todos(self) -> list[Json]:
        return [
            {"content": self._text.prose(50), "status": "pending", "activeForm": self._text.prose(50)} for _ in range(4)
        ]

    def output(self, name: str, given: Json) -> tuple[Any, Any]:
        """Return a tool's result twice: as the model saw it and as `toolUseResult` has it."""
        text, rng = self._text, self._rng
        match name:
            case "Bash":
                out = text.code(length(rng, 450, 1.5, _LONGEST))
                return out, {"stdout": out, "stderr": "", "interrupted": False, "isImage": False}
            case "Read":
                huge = rng.random() < 0.0012
                content = text.code(rng.randrange(90_000, _LONGEST) if huge else length(rng, 1850, 1.2, 60_000))
                file = {
                    "filePath": given["file_path"],
                    "content": content,
                    "numLines": 80,
                    "startLine": 1,
                    "totalLines": 80,
                }
                return "     1→" + content.replace("\n", "\n     7→"), {"type": "text", "file": file}
            case "Edit" | "Write":
                body = given.get("new_string") or given["content"]
                patch = [{"oldStart": 3, "oldLines": 7, "newStart": 3, "newLines": 9, "lines": body[:2000].split("\n")}]
                original = text.code(length(rng, 1500, 1.2, _LONGEST))
                return f"The file {given['file_path']} has been updated.\n{body[:900]}", {
                    **given,
                    "structuredPatch": patch,
                    "originalFile": original,
                    "userModified": False,
                }
            case "TodoWrite":
                return "Todos have been modified successfully.", {"oldTodos": [], "newTodos": given["todos"]}
            case _:
                found = text.prose(length(rng, 700, 1.0, 60_000))
                return [{"type": "text", "text": found}], {"mode": "content", "numFiles": 3, "content": found}


def tool_use(rng: random.Random, name: str, given: Json) -> Json:
    """Return the content block of a call."""
    return {"type": "tool_use", "id": f"toolu_01{rng.getrandbits(88):022x}", "name": name, "input": given}


def length(rng: random.Random, usual: int, spread: float, most: int) -> int:
    """Return a length that is mostly about `usual` and sometimes very much more."""
    return min(most, 10 + int(usual * rng.lognormvariate(0, spread)))
