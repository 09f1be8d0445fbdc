"""A stand-in for the Messages API on loopback: the real Claude Code then runs with no account and no network.

It plays a scenario, a JSON file:

    {"about": SENTENCE,
     "title": TEXT,             answers requests that offer no tools, such as the one for a session's title
     "turns": [TURN, ...],      answers requests of the conversation, one each, in order
     "again": true,             the last turn is given for ever; otherwise a sentence says that the script has ended
     "asides": [{"said": TEXT, "turns": [TURN, ...]}, ...]}     other conversations, such as a subagent's, told apart
                                by a text in what their user says; each has turns of its own

    TURN = {"thinking": TEXT, "text": TEXT, "tools": [{"name": NAME, "input": {...}}, ...],   each may be left out
            "wait": SECONDS}    before the answer begins
         | {"error": STATUS}

Every answer has an id of its own and other numbers of tokens, so that what is counted twice or left out shows.
`{{project}}` in the file stands for the folder Claude works in. Run as a program it prints its port, serves, and
leaves when its standard input is closed, so that it never outlives the test that started it.
"""

import argparse
import itertools
import json
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Json = dict[str, Any]

ENDED: Json = {"text": "The script has ended."}
ERROR_KINDS = {429: "rate_limit_error", 529: "overloaded_error"}
PIECE = 24
"""Characters in one streamed piece."""


class Script:
    """Which conversation a request belongs to, and what it is answered."""

    def __init__(self, text: str) -> None:
        scenario = json.loads(text)
        self._title: str = scenario.get("title", "A scripted session")
        turns: list[Json] = scenario["turns"]
        self._main = Conversation(turns, turns[-1] if scenario.get("again") else ENDED)
        self.numbers = itertools.count(1)
        """The answers' numbers."""
        self._asides = [
            (str(aside["said"]), Conversation(aside["turns"], ENDED)) for aside in scenario.get("asides", ())
        ]

    def answer(self, request: Json) -> Json:
        """Return the turn that answers `request`."""
        said = json.dumps([each for each in request.get("messages", ()) if each["role"] == "user"], ensure_ascii=False)
        for text, conversation in self._asides:
            if text in said:
                return conversation.next()
        return self._main.next() if request.get("tools") else {"text": self._title}


class Conversation:
    """Turns given one by one, and what is said after the last. Requests come on several threads."""

    def __init__(self, turns: list[Json], after: Json) -> None:
        self._turns = turns
        self._after = after
        self._numbers = itertools.count()

    def next(self) -> Json:
        """Return the next turn."""
        number = next(self._numbers)
        return self._turns[number] if number < len(self._turns) else self._after


def content_of(turn: Json) -> list[Json]:
    """Return a turn's content blocks as the API has them."""
    blocks: list[Json] = []
    if "thinking" in turn:
        blocks.append({"type": "thinking", "thinking": turn["thinking"], "signature": "c2lnbmVk"})
    if "text" in turn:
        blocks.append({"type": "text", "text": turn["text"]})
    blocks += [{"type": "tool_use", "id": f"toolu_{uuid.uuid4().hex[:24]}", **tool} for tool in turn.get("tools", ())]
    return blocks


def message_of(turn: Json, model: str, number: int) -> Json:
    """Return the whole answer to a request that does not stream; `number` makes its tokens others than its neighbours'."""
    content = content_of(turn)
    short, hour = 100 + number, 3 * number
    return {
        "id": f"msg_{uuid.uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": "tool_use" if turn.get("tools") else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 20 + number,
            "cache_read_input_tokens": 9000 + number,
            "cache_creation_input_tokens": short + hour,
            "cache_creation": {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": hour},
            "output_tokens": len(json.dumps(content)) // 4,
        },
    }


def events_of(message: Json) -> Iterator[Json]:
    """Yield the server-sent events that stream `message`."""
    usage = message["usage"]
    opening = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield {"type": "message_start", "message": opening}
    for index, block in enumerate(message["content"]):
        empty, deltas = _streamed(block)
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": ending, "usage": {"output_tokens": usage["output_tokens"]}}
    yield {"type": "message_stop"}


def _streamed(block: Json) -> tuple[Json, list[Json]]:
    """Return a block's empty beginning and the deltas that fill it."""
    match block["type"]:
        case "tool_use":
            pieces = _pieces(json.dumps(block["input"]))
            return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
        case "thinking":
            deltas: list[Json] = [{"type": "thinking_delta", "thinking": piece} for piece in _pieces(block["thinking"])]
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
            return {"type": "thinking", "thinking": "", "signature": ""}, deltas
        case _:
            return {"type": "text", "text": ""}, [
                {"type": "text_delta", "text": piece} for piece in _pieces(block["text"])
            ]


def _pieces(text: str) -> list[str]:
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]


class Handler(BaseHTTPRequestHandler):
    """Answers what Claude Code asks: messages by script, everything else with an empty object."""

    protocol_version = "HTTP/1.1"
    script: Script
    pause: float
    requests: Path | None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
        """Print nothing: what was asked is in `requests`."""

    def do_HEAD(self) -> None:
        self._send_json({})

    def do_GET(self) -> None:
        self._send_json({})

    def do_POST(self) -> None:
        request: Json = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        path = self.path.partition("?")[0]
        if path == "/v1/messages":
            self._answer(request)
            return
        answer = {"input_tokens": 1000} if path.endswith("/count_tokens") else {}
        self._log(request, answer)
        self._send_json(answer)

    def _log(self, request: Json, answer: Json) -> None:
        if self.requests:
            with self.requests.open("a") as log:
                log.write(json.dumps({"path": self.path, "request": request, "answer": answer}) + "\n")

    def _answer(self, request: Json) -> None:
        turn = self.script.answer(request)
        time.sleep(turn.get("wait", 0))
        if "error" in turn:
            kind = ERROR_KINDS.get(turn["error"], "api_error")
            refusal = {"type": "error", "error": {"type": kind, "message": "as scripted"}}
            self._log(request, refusal)
            self._send_json(refusal, turn["error"])
            return
        message = message_of(turn, request.get("model", ""), next(self.script.numbers))
        self._log(request, message)
        if not request.get("stream"):
            self._send_json(message)
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("request-id", f"req_{uuid.uuid4().hex[:24]}")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        for event in events_of(message):
            self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
            if event["type"] == "content_block_delta":
                time.sleep(self.pause)

    def _send_json(self, body: Json, status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


class Server(ThreadingHTTPServer):
    """Keeps quiet about a Claude that hung up in the middle of an answer."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def main() -> None:
    """Serve a scenario until standard input is closed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("scenario", type=Path)
    parser.add_argument("--project", default="", help="what {{project}} stands for")
    parser.add_argument("--pause", type=float, default=0.002, help="seconds between streamed pieces")
    parser.add_argument(
        "--requests", type=Path, help="append every request and its answer to this file, one JSON object a line"
    )
    options = parser.parse_args()
    text = options.scenario.read_text().replace("{{project}}", json.dumps(options.project)[1:-1])
    Handler.script, Handler.pause, Handler.requests = Script(text), options.pause, options.requests
    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
