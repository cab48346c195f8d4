"""Whole servers for stories over HTTP, and files for them to fetch."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

LOCALE = "en-US"
# It outlives a run, so that graphs are built once a machine.
CACHE = Path(__file__).parents[1] / "build" / "cache"
PATIENCE = 300  # seconds for one job on a slow machine


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def serving(data, *, log=None, **settings):
    """A server of its own; gives its address. `settings` are variables of its environment, `log` a file for what it logs."""
    port = free_port()
    environment = os.environ | {
        "LECT_CACHE": str(CACHE),
        "LECT_DATA": str(data),
        "LECT_THREADS": "1",
        "LECT_FETCH_PRIVATE_ADDRESSES": "127.0.0.1",
        **settings,
    }
    command = [sys.executable, "-m", "lect", "serve", "--port", str(port)]
    if "LECT_DATABASE" not in settings:
        command += ["--data", str(data)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    threading.Thread(target=_drain, args=(process.stderr, log or Path(os.devnull)), daemon=True).start()
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(address, process)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        process.stderr.close()


def _drain(stream, log):
    with log.open("ab", buffering=0) as file:
        for line in stream:
            file.write(line)


def wait_until_ready(address, process):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz", timeout=30).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server did not get ready")


@contextmanager
def files_over_http(files):
    """Serves some bytes by path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = files.get(self.path.partition("?")[0])
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def base_of(client, name="whisper-tiny.en"):
    found = list(client.models.base(filter=f"displayName eq '{name} ({LOCALE})'"))
    if not found:
        pytest.skip(f"{name} is not installed")
    return found[0]


def lect(*arguments):
    """What a command printed as JSON, if anything."""
    done = subprocess.run(
        [sys.executable, "-m", "lect", *arguments], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout) if done.stdout else None
