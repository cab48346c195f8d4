"""Reads the metrics of another process of this server, over its Unix socket."""

from __future__ import annotations

from pathlib import Path

import httpcore

SECONDS = 2.0  # to wait for the connection, and for the next bytes
LIMIT = 1 << 20  # bytes


def scrape(path: Path, *, seconds: float = SECONDS) -> bytes:
    """What `GET /metrics` answers on a Unix socket.

    Raises:
        OSError: nobody answers there, or not with metrics.
    """
    if not path.is_socket():
        raise FileNotFoundError(f"{path}: nobody listens there")
    try:
        with httpcore.ConnectionPool(uds=str(path)) as pool:
            return _read(pool, path, dict.fromkeys(("connect", "read", "write", "pool"), seconds))
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        raise OSError(f"{path}: {error!r}") from None


def _read(pool: httpcore.ConnectionPool, path: Path, timeout: dict[str, float]) -> bytes:
    text = b""
    with pool.stream("GET", "http://localhost/metrics", extensions={"timeout": timeout}) as answer:
        for block in answer.iter_stream():
            text += block
            if answer.status != 200 or len(text) > LIMIT:
                raise OSError(f"{path}: these are no metrics")
    return text
