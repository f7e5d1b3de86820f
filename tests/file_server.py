# SPDX-License-Identifier: Apache-2.0
"""A server of files on the loopback, with parts of files and with every way in which a server can fail."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """What is served, how, and what was asked.

    `cut`: path → bytes after which an answer ends once; `hang`: paths that are never answered;
    `claim`: path → size that is said; `status`: path → status; `elsewhere`: path → address.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=dict)
    hang: set[str] = field(default_factory=set)
    claim: dict[str, int] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    address: str = ""
    ending: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving() -> Iterator[FileServer]:
    served = FileServer()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            wanted, login = self.headers.get("Range", ""), self.headers.get("Authorization", "")
            served.asked.append((path, wanted, login))
            if path in served.hang:
                served.ending.wait(60)
                return
            if path in served.elsewhere:
                self.send_response(302)
                self.send_header("Location", served.elsewhere[path])
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            data = served.files.get(path)
            status = served.status.get(path, 404 if data is None else 200)
            if status != 200 or data is None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start = 0
            match = re.fullmatch(r"bytes=(\d+)-", wanted)
            if match and served.ranges:
                start = int(match[1])
                if start >= len(data):
                    self.send_response(416)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(served.claim.get(path, len(data)) - start))
            self.end_headers()
            end = served.cut.pop(path, len(data))
            self.wfile.write(data[start:end])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.ending.set()
        server.shutdown()
        server.server_close()
        thread.join()
