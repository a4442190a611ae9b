"""A provider of models on this machine whose answers are scripted: a real one, over a real socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Script = Callable[["Answer"], None]


class Answer:
    """One request as the server saw it, and ways to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.handler, self.path = handler, handler.path
        self.body: dict[str, Any] = json.loads(body) if body[:1] == b"{" else {}

    def say(self, status: int, body: bytes, **headers: str) -> None:
        self.handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def text(self, text: str, used: tuple[int, int] = (100, 20)) -> None:
        usage = {"prompt_tokens": used[0], "completion_tokens": used[1]}
        self.say(200, json.dumps({"choices": [{"message": {"content": text}}], "usage": usage}).encode())

    def pieces(self, *texts: str, end: bool = True) -> None:
        self.handler.send_response(200)
        self.handler.end_headers()
        for text in texts:
            self.handler.wfile.write(f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}\n\n".encode())
        if end:
            self.handler.wfile.write(b"data: [DONE]\n\n")


class Server:
    """A provider whose answers are scripted; the last one repeats."""

    def __init__(self) -> None:
        self.scripts: list[Script] = []
        self.seen: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answer = Answer(self, body)
                outer.seen.append(answer.body)
                script = outer.scripts.pop(0) if len(outer.scripts) > 1 else outer.scripts[0]
                script(answer)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/v1"

    def sent(self, number: int = -1) -> str:
        return "\n".join(message["content"] for message in self.seen[number]["messages"])
