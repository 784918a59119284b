"""Servers of every kind, all of them on this machine."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cs229tui.documents.fetching.web import Manners

MANNERS = Manners(
    connect=2, head=5, read=1, total=20, spacing=0, pause=0, polite_hosts=(), backoff=0.01, patience=3, loopback=True
)
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 400 + b"\n%%EOF\n"
Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """A server that answers each path as the test says, and remembers what it was asked."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.times: list[float] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                outer.times.append(time.monotonic())
                outer.answers[self.path.split("?")[0]](self)

            def log_message(self, *_: Any) -> None:
                """Nothing: the test's own output is enough."""

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            address_family = socket.AF_INET6 if ":" in address else socket.AF_INET

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Clients that leave early are what is tested here."""

        self._server = Quiet((address, 0), Handler)
        shown = f"[{address}]" if ":" in address else address
        self.url = f"http://{shown}:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def wrap(self, context: ssl.SSLContext) -> None:
        """Answer over TLS from now on."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content_Length": str(len(body)), **headers}.items():
        if value:
            handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def says(body: bytes = PDF, status: int = 200, **headers: str) -> Answer:
    return lambda handler: send(handler, body, status, **headers)


def in_parts(body: bytes = PDF, tag: str = '"one"', piece: int = 40_000) -> Answer:
    """Breaks off after each piece, and goes on where asked as long as the tag is still right."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        start = 0
        asked = handler.headers.get("Range", "")
        if asked and handler.headers.get("If-Range") == tag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            handler.send_response(200)
        handler.send_header("ETag", tag)
        handler.send_header("Content-Length", str(len(body) - start))
        handler.end_headers()
        handler.wfile.write(body[start : start + piece])
        handler.wfile.flush()
        handler.close_connection = True

    return answer
