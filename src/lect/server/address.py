"""Where the server listens, as its processes tell it to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where the server listens, and with which certificate."""

    host: str = "127.0.0.1"
    port: int = 8080
    tls_cert: str | None = None
    tls_key: str | None = None

    @property
    def url(self) -> str:
        """As a client on this machine sees it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls_cert else 'http'}://{host}:{self.port}"

    @property
    def is_private(self) -> bool:
        """Whether this machine alone can reach it."""
        return self.host in LOOPBACK

    @property
    def arguments(self) -> list[str]:
        """It as arguments of a process."""
        return [self.host, str(self.port), self.tls_cert or "", self.tls_key or ""]

    @classmethod
    def from_arguments(cls, arguments: Sequence[str]) -> Address:
        """What `arguments` gave."""
        host, port, cert, key = arguments
        return cls(host=host, port=int(port), tls_cert=cert or None, tls_key=key or None)
