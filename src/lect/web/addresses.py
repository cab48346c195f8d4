"""Which addresses the server may ask: the public internet, and of the network it stands in only what a setting names.

Whoever gives the server an address to fetch would otherwise ask through it what only the server can reach.
A URL is read once, here; what is asked is made of the parts that were checked.
"""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import quote, unquote, urljoin, urlsplit

from lect.core.errors import InvalidAddress, InvalidInput, Unreachable

MAX_URL = 8_192  # characters
PORTS = {"http": 80, "https": 443}

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str, int], Sequence[str]]  # host, port -> addresses

# What the IANA sets aside, and the addresses at which clouds tell a machine its secrets (those in none of these networks).
_PRIVATE_V4 = tuple(
    map(
        IPv4Network,
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24"
        " 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
        " 168.63.129.16/32".split(),
    )
)
_PUBLIC_V6 = IPv6Network("2000::/3")  # all else is loopback, local, multicast, mapped, or nobody's yet
_PRIVATE_V6 = tuple(map(IPv6Network, "2001::/23 2001:db8::/32 3fff::/20".split()))
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")

_UNFIT = re.compile(r"[\x00-\x20\x7f-\xa0\\]")  # what parsers read differently
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_BRACKETED = re.compile(r"\[[^\[\]]*\](:[0-9]*)?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_KEPT = "%/:=&?~+!$,;'@()*[]|"  # in a path or a query: not encoded again


@dataclass(frozen=True, kw_only=True)
class Url:
    """An address that was read; as text it shows neither its query nor its password, which are secrets."""

    scheme: str
    host: str  # lower case, in ASCII; an IPv6 address without brackets
    port: int
    path: str
    query: str = field(default="", repr=False)
    user: str | None = field(default=None, repr=False)  # `name:password`, decoded

    @property
    def authority(self) -> str:
        """The host as a request names it: with the port, unless it is the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """What is asked for of the host: path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def authorization(self) -> str | None:
        """The header that says name and password."""
        return f"Basic {base64.b64encode(self.user.encode()).decode()}" if self.user is not None else None

    def whole(self) -> str:
        """The address with its query, which may be a secret: for requests, never for messages."""
        return f"{self.scheme}://{self.authority}{self.target}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def read_url(text: str, *, credentials: bool = False) -> Url:
    """Read a URL, strictly: what others might read differently is refused.

    Args:
        credentials: it may hold a user name and a password

    Raises:
        InvalidAddress: it cannot be read, or is none of http or https. The message does not repeat its secrets.
    """
    if len(text) > MAX_URL:
        raise InvalidAddress(f"the address has more than {MAX_URL} characters", hint=_EXAMPLE)
    if _UNFIT.search(text):
        raise InvalidAddress("the address holds a blank, a backslash or a control character", hint=_ENCODE)
    try:
        parts = urlsplit(text)
        port, name = parts.port, parts.hostname or ""
    except ValueError as error:
        raise InvalidAddress("the address cannot be read", hint=_EXAMPLE) from error
    scheme = parts.scheme.lower()
    if scheme not in PORTS:
        raise InvalidAddress("the address is neither http:// nor https://", hint=_EXAMPLE)
    if "@" in parts.netloc and not credentials:
        raise InvalidAddress(
            "the address holds a user name or a password",
            hint="Use a signed link in its place; LECT_FETCH_CREDENTIALS=1 allows it.",
        )
    if port == 0:
        raise InvalidAddress("the address names port 0", hint="Leave the port out, or name the right one.")
    userinfo, _, place = parts.netloc.rpartition("@")
    if "[" in place and not _BRACKETED.fullmatch(place):
        raise InvalidAddress("the host of the address cannot be read", hint=_EXAMPLE)
    return Url(
        scheme=scheme,
        host=_host(name, bracketed="[" in place),
        port=port or PORTS[scheme],
        path=quote(parts.path or "/", safe=_KEPT),
        query=quote(parts.query, safe=_KEPT),
        user=unquote(userinfo) if userinfo else None,
    )


def follow(url: Url, location: str, *, credentials: bool = False) -> Url:
    """Where a redirect leads.

    Raises:
        InvalidAddress: to what cannot be asked, or from https to http.
    """
    try:
        joined = urljoin(url.whole(), location)
    except ValueError:
        joined = location
    try:
        to = read_url(joined, credentials=credentials)
    except InvalidAddress as error:
        raise InvalidAddress(f"{url}: it redirects elsewhere, and {error.message}", hint=error.hint) from None
    if (url.scheme, to.scheme) == ("https", "http"):
        raise InvalidAddress(
            f"{url}: it redirects from https to http, to {to.authority}",
            hint="Give an address that stays with https.",
        )
    return to


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet; of one that carries an IPv4 address, whether both are."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _PRIVATE_V4)
    if carried := _carried(address):
        return is_public(carried)
    return address in _PUBLIC_V6 and not any(address in network for network in _PRIVATE_V6)


def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[4][0]) for place in found))


def is_of_this_machine(address: Address) -> bool:
    """Whether it is an address of this machine: only those can be bound to."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Decides which addresses may be asked."""

    hosts: frozenset[str] = frozenset()  # that may be asked wherever they are
    networks: tuple[Network, ...] = ()  # private ones that may be asked
    own_ports: Collection[int] = ()  # at which this server itself listens: it never asks itself
    own_names: Collection[tuple[str, int]] = ()  # hosts and ports that lead to it, through a proxy perhaps
    resolve: Resolver = system_resolver
    is_own: Callable[[Address], bool] = is_of_this_machine

    @classmethod
    def allowing(
        cls,
        names: Iterable[str],
        *,
        own_ports: Collection[int] = (),
        own_names: Collection[tuple[str, int]] = (),
        resolve: Resolver = system_resolver,
    ) -> Guard:
        """A guard that lets the named hosts and networks pass.

        Raises:
            InvalidInput: one is neither a host nor a network.
        """
        hosts, networks = set[str](), []
        for name in names:
            try:
                networks.append(ip_network(name.strip("[]")))
            except ValueError:
                hosts.add(_allowed_host(name))
        return cls(
            hosts=frozenset(hosts),
            networks=tuple(networks),
            own_ports=own_ports,
            own_names=own_names,
            resolve=resolve,
        )

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, all of which may be asked.

        Raises:
            InvalidAddress: one of them may not.
            Unreachable: the host has none.
        """
        if (host, port) in self.own_names:
            raise _itself(host, port)
        try:
            found = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "its name cannot be looked up"
            raise Unreachable(f"{host}: {reason}", hint="Is the name right?") from None
        if not found:
            raise Unreachable(f"{host}: it has no address", hint="Is the name right?")
        for text in found:
            self._require(host, port, ip_address(text.partition("%")[0]))
        return list(found)

    def _require(self, host: str, port: int, address: Address) -> None:
        carried = _carried(address) if isinstance(address, IPv6Address) else None
        if port in self.own_ports and self.is_own(carried or address):
            raise _itself(host, port)
        if is_public(address) or host in self.hosts or self._is_allowed(carried or address):
            return
        raise InvalidAddress(  # the address itself is not told: it would map the inside of the network
            f"{host}: it does not lead to the public internet",
            hint="LECT_FETCH_PRIVATE_ADDRESSES names hosts and networks that may be asked all the same.",
        )

    def _is_allowed(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def _itself(host: str, port: int) -> InvalidAddress:
    return InvalidAddress(f"{host}:{port}: this is the server itself", hint="It asks others alone.")


def _host(name: str, *, bracketed: bool) -> str:
    if bracketed:
        return _ipv6(name)
    try:
        host = name.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError:
        raise InvalidAddress("the host of the address cannot be read", hint=_EXAMPLE) from None
    if not _HOST.fullmatch(host):
        raise InvalidAddress("the host of the address cannot be read", hint=_EXAMPLE)
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return _ipv4(host)
    return host


def _ipv4(host: str) -> str:
    """One spelling of an address alone: systems read `0177.1` and `2130706433` as addresses, too."""
    try:
        return str(IPv4Address(host))
    except ValueError:
        raise InvalidAddress(
            f"{host} is no host", hint="Write an address as four decimal numbers, such as 192.0.2.1."
        ) from None


def _ipv6(host: str) -> str:
    try:
        if "%" in host:
            raise ValueError
        return str(IPv6Address(host))
    except ValueError:
        raise InvalidAddress("the host of the address is no IPv6 address", hint=_EXAMPLE) from None


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that one of IPv6 leads to."""
    if address in _MAPPED or address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.sixtofour


def _allowed_host(name: str) -> str:
    try:
        return _host(name, bracketed=False)
    except InvalidAddress:
        raise InvalidInput(
            f"LECT_FETCH_PRIVATE_ADDRESSES: {name!r} is neither a host nor a network",
            hint="Write files.example, 10.1.0.0/16 or fd00:1::/32, with commas between them.",
        ) from None


_EXAMPLE = "Give one such as https://files.example/audio.zip."
_ENCODE = "Write a blank as %20, and others alike."
