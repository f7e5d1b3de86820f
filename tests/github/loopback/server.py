"""The HTTP side: connections that are kept alive, and what faults do to them."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from loopback.answers import Answer
from loopback.faults import Fault
from loopback.service import Incoming, Service

RESET = 2_000_000_000  # the hour in which the rate limit ends, far away


class Server(ThreadingHTTPServer):
    """Listens on a free port of the loopback interface."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, service: Service) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service = service
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what faults are for; anything else is a bug here."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            self.service.violations.append(f"the server broke: {traceback.format_exc()}")

    def stop(self) -> None:
        """End every connection and give the port back."""
        self.stopping.set()
        self.shutdown()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        """The log is `Service.requests`."""

    def _handle(self) -> None:
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        incoming = Incoming(self.command, path, query, headers, body)
        peek = self.server.service
        late = self._late_before(peek, incoming)
        answer, fault = peek.answer(incoming)
        if fault and fault.kind == "slow" and not late:
            self.server.stopping.wait(fault.seconds)
        if fault and fault.kind == "drop":
            self._drop()
            return
        self._send(answer, fault)

    def _late_before(self, service: Service, incoming: Incoming) -> bool:
        """A slow request that is carried out late, not only answered late."""
        with service.lock:
            path = incoming.path.removeprefix(service.base)
            met = next((one for one in service.faults if one.meets(incoming.method, path)), None)
            seconds = met.seconds if met and met.kind == "slow" and met.when == "before" else None
        if seconds is not None:
            self.server.stopping.wait(seconds)
        return seconds is not None

    def _drop(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, answer: Answer, fault: Fault | None) -> None:
        data = answer.encoded()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Request-Id": f"LOOP:{len(self.server.service.requests)}",
            "X-RateLimit-Limit": "5000",
            "X-RateLimit-Remaining": "4999",
            "X-RateLimit-Reset": str(RESET),
            "X-RateLimit-Used": "1",
            "X-RateLimit-Resource": "core",
            **answer.headers,
        }
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if fault and fault.kind == "truncate":
            self.wfile.write(data[: len(data) // 2])
            self.wfile.flush()
            self._drop()
            return
        self.wfile.write(data)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815
