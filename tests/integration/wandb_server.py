# SPDX-License-Identifier: Apache-2.0
"""As much of W&B's server as its own library needs to send one run; there is none that runs offline."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class WandbServer:
    """What the server was sent, and what it answers with."""

    address: str = ""
    status: int = 200
    run: dict = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    rights: set[str] = field(default_factory=set)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""

    def do_POST(self) -> None:
        state: WandbServer = self.server.state
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        state.rights.add(self.headers.get("Authorization", ""))
        if self.path.startswith("/up/"):
            state.files[self.path.removeprefix("/up/")] = body
        asked = json.loads(body) if self.path == "/graphql" else {}
        data = json.dumps({"data": self.data(asked, state)}).encode()
        self.send_response(state.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self.do_POST()

    def do_PUT(self) -> None:
        self.do_POST()

    def data(self, asked: dict, state: WandbServer) -> dict:
        given = asked.get("variables") or {}
        match asked.get("operationName"):
            case "Viewer":
                return {
                    "viewer": {
                        "id": "u",
                        "entity": "acme",
                        "username": "me",
                        "flags": "{}",
                        "teams": {"edges": []},
                    }
                }
            case "UpsertBucket":
                state.run |= {key: value for key, value in given.items() if value is not None}
                project = {"id": "p", "name": given["project"], "entity": {"id": "e", "name": "acme"}}
                bucket = {"id": "r", "name": given["name"], "displayName": "x", "project": project}
                return {"upsertBucket": {"bucket": bucket, "inserted": True}}
            case "CreateRunFiles":
                files = [{"name": name, "uploadUrl": f"{state.address}/up/{name}"} for name in given["files"]]
                return {"createRunFiles": {"runID": "r", "uploadHeaders": [], "files": files}}
        return {}


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_arguments: object) -> None:
        """The library closes connections that it no longer needs."""


@contextmanager
def wandb_server(status: int = 200) -> Iterator[WandbServer]:
    """Serve on the loopback."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.state = WandbServer(address=f"http://127.0.0.1:{server.server_port}", status=status)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.state
        server.shutdown()
