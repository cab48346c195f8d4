"""Which addresses may be asked, in every spelling."""

import ipaddress
import socket

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lect.core.errors import InvalidAddress, InvalidInput, Unreachable
from lect.web.addresses import Guard, follow, is_of_this_machine, is_public, read_url, system_resolver

PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.1.2.3 127.255.255.255
169.254.0.1 169.254.169.254 169.254.169.253 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1
192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255
240.0.0.1 255.255.255.255 168.63.129.16
:: ::1 ::2 ::7f00:1 fe80::1 febf::1 fec0::1 fc00::1 fd00::1 fd00:ec2::254 fdff:ffff::1 ff02::1 ff0e::1 100::1
2001::1 2001:0:5ef5:79fd::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 3fff::1 4000::1 5f00::1 e000::1 64:ff9b:1::1
::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::10.0.0.1
64:ff9b::169.254.169.254 64:ff9b::a9fe:a9fe 2002:7f00:1:: 2002:a00:1::1 2002:a9fe:a9fe::1 2002:c0a8:1::
::127.0.0.1 ::ffff:100.64.0.1 ::ffff:0.0.0.0
""".split()
PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255 169.255.0.0
172.15.255.255 172.32.0.0 192.0.1.1 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 20.60.1.1
2606:4700::1111 2001:4860:4860::8888 2a00:1450::1 2620:4f:8000::1 2001:200::1 2400::1
::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1
""".split()

# Loopback and the address at which clouds tell secrets, as somebody might write them to pass a check that compares texts.
SPELLINGS = """
2130706433 0x7f000001 0x7F000001 017700000001 0177.0.0.1 0177.0.0.01 00177.0.0.1 0x7f.0.0.1 0x7f.1 127.1 127.0.1
127.0.0.01 127.00.0.1 127.000.000.001 0127.0.0.1 0x7f.0x0.0x0.0x1 0177.0x0.0.1 127.0x1 0 0x0 00 0.0 1 0x1
2852039166 0xa9fea9fe 0xA9FEA9FE 025177524776 169.254.43518 0251.0376.0251.0376 0xa9.0xfe.0xa9.0xfe 169.16689662
169.254.169.0376 0xa9.254.169.254 4294967295 4294967296 99999999999 127.0.0.256 127.0.0.1.1 1.2.3.4.5 256.1.1.1
127.0.0.1.0x 0x 1.2.3.0x 0x7f.0.0.0x1 foo.1 example.0x7f example.08 a.b.c.4
１２７.０.０.１ ①②⑦.0.0.1 127。0。0。1 １２７。０。０。１ 127．0．0．1 127｡0｡0｡1 𝟏𝟐𝟕.𝟎.𝟎.𝟏 ２１３０７０６４３３ 0ｘ7f.1 ⑯⑨。②⑤④。⑯⑨｡②⑤④
""".split()


REFUSED = """
file:///etc/passwd gopher://example.com/ ftp://example.com/ dict://example.com/ ldap://example.com/ data:,x javascript:x
jar:http://example.com!/x ws://example.com/ s3://bucket/key unix:///var/run/docker.sock HTTPX://example.com/
//example.com/ /etc/passwd example.com example.com:80 localhost http: http:// http:/// https:/// http:///etc/passwd
http:example.com http:/example.com http://?x http://#x http://:80/ http://@/ http://./ http://../ http://.example.com/
http://a..b/ http://-a.example/ http://a-.example/ http://exa_mple.com:0/ http://example.com:99999/ http://example.com:-1/
http://example.com:80:80/ http://example.com:x/ http://example.com:８０x/ http://[::1 http://::1/ http://[::1]x/
http://[::1%25lo]/ http://[fe80::1%25eth0]/ http://[::1%lo]/ http://[v1.x]/ http://[127.0.0.1]/ http://[example.com]/
http://[::ffff:127.0.0.1.2]/ http://[1:2]/ http://%31%32%37.0.0.1/ http://127.0.0.1%2f@example.com/ http://ex%61mple.com/
http://example.com%00.evil.example/ http://exam℀ple.com/ http://exa／mple.com/ http://exam＃ple.com/ http://ex＠mple.com/
http://exa？mple.com/ http://exa：80/ http://a,b/ http://a;b/ http://a|b/ http://a!b/ http://a$b/ http://a*b/ http://<a>/
http://{a}/ http://"a"/ http://'a'/ http://`a`/ http://a^b/ http://a~b/ http://a=b/ http://a+b/ http://a&b/ http://(a)/
""".split()
ODD = [
    "",
    " http://example.com/",
    "http://example.com/ ",
    "http://exa mple.com/",
    "http://example.com/a b",
    "http://example.com\\@evil.example/",
    "http:\\\\example.com\\",
    "http://evil.example\\.example.com/",
    "http://example.com/\r\nHost: evil",
    "http://example.com/\x00",
    "http://exam\tple.com/",
    "\x01http://example.com/",
    "ht\ntp://example.com/",
    "http://example\u00a0.com/",
    "http://example.com\u3000/",
    "http://example.com/\x85",
    "http://" + "a" * 64 + ".example/",
    "http://example.com/" + "a" * 8200,
]


@pytest.mark.parametrize("text", PRIVATE)
def test_it_is_no_public_address(text):
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_it_is_a_public_address(text):
    assert is_public(ipaddress.ip_address(text))


@given(st.ip_addresses())
@example(ipaddress.ip_address("168.63.129.16"))
def test_what_the_standard_library_holds_for_private_is_never_public(address):
    """A second opinion, whatever its version knows."""
    carried = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if carried is None and (
        address.is_private or address.is_loopback or address.is_multicast or address.is_reserved
    ):
        assert not is_public(address) or address in ipaddress.ip_network("64:ff9b::/96")


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_as_public_within_ipv6(address):
    for carrier in (
        f"::ffff:{address}",
        f"64:ff9b::{address}",
        f"2002:{int(address) >> 16:x}:{int(address) & 65535:x}::1",
    ):
        assert is_public(ipaddress.ip_address(carrier)) == is_public(address)


@pytest.mark.parametrize("text", [text for text in PRIVATE if "%" not in text])
def test_a_private_address_is_refused_in_a_url_and_behind_a_name(text):
    host = f"[{text}]" if ":" in text else text
    url = read_url(f"http://{host}/")

    with pytest.raises(InvalidAddress, match="public internet"):
        Guard(resolve=lambda host, port: [host]).addresses(url.host, 80)
    with pytest.raises(InvalidAddress, match="public internet"):
        Guard(resolve=lambda host, port: [text]).addresses("innocent.example", 80)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("shape", ["http://{}/", "https://{}:8443/x?y", "http://{}./", "HTTP://{}"])
def test_an_address_in_another_spelling_is_refused_or_read_as_what_it_is(spelling, shape):
    """Either it is no URL to us, or it is an address in its one spelling, which the guard then knows."""
    try:
        url = read_url(shape.format(spelling))
    except InvalidAddress:
        return
    with pytest.raises(InvalidAddress):
        Guard(resolve=system_like).addresses(url.host, url.port)


def system_like(host, port):
    """Reads numbers as the C library does."""
    return [socket.inet_ntoa(socket.inet_aton(host))]


@pytest.mark.parametrize("text", [*REFUSED, *ODD])
def test_it_is_refused_before_anything_is_looked_up(text):
    with pytest.raises(InvalidAddress):
        read_url(text)


@pytest.mark.parametrize(
    "user", ["user:word@", "user@", ":word@", "@", "a@b@", "example.com@", "example.com:80@", "a%40b:c@"]
)
def test_credentials_are_refused_unless_they_are_allowed(user):
    with pytest.raises(InvalidAddress, match="user name"):
        read_url(f"https://{user}127.0.0.1/")


def test_allowed_credentials_are_sent_and_never_shown():
    url = read_url("https://al:sec%20ret@example.com/x?sig=hidden", credentials=True)

    assert url.authorization == "Basic YWw6c2VjIHJldA=="
    assert (url.host, str(url)) == ("example.com", "https://example.com/x")
    assert "sec" not in repr(url) and "hidden" not in repr(url)


@pytest.mark.parametrize(
    ("text", "host", "port", "target"),
    [
        ("http://example.com", "example.com", 80, "/"),
        ("HTTPS://EXAMPLE.com./A?b#c", "example.com", 443, "/A?b"),
        ("http://example.com:8080/a%20b?x=%2F", "example.com", 8080, "/a%20b?x=%2F"),
        ("http://münchen.example/straße", "xn--mnchen-3ya.example", 80, "/stra%C3%9Fe"),
        ("http://under_score.example/", "under_score.example", 80, "/"),
        ("http://192.0.2.1:81/", "192.0.2.1", 81, "/"),
        ("http://[2001:DB8:0::1]:81/x", "2001:db8::1", 81, "/x"),
        ("https://a.example/?sv=1&sig=a%2Bb%3D", "a.example", 443, "/?sv=1&sig=a%2Bb%3D"),
        ("https://a.example?x", "a.example", 443, "/?x"),
        ("https://a.example/a/../b//c", "a.example", 443, "/a/../b//c"),
    ],
)
def test_an_address_is_read(text, host, port, target):
    url = read_url(text)

    assert (url.host, url.port, url.target) == (host, port, target)


@given(st.text(max_size=60) | st.builds("http://{}/{}".format, st.text(max_size=30), st.text(max_size=30)))
def test_whatever_is_given_is_read_or_refused(text):
    """What was read is safe to put on a line of a request, and reads the same again."""
    try:
        url = read_url(text, credentials=True)
    except InvalidAddress:
        return
    assert (url.whole() + url.authority).isascii()
    assert not any(character <= " " or character == "\x7f" for character in url.whole())
    again = read_url(url.whole())
    assert (again.scheme, again.host, again.port, again.target) == (
        url.scheme,
        url.host,
        url.port,
        url.target,
    )


@pytest.mark.parametrize(
    ("location", "to"),
    [
        ("/b?c", "https://a.example/b?c"),
        ("b", "https://a.example/x/b"),
        ("//b.example/", "https://b.example/"),
        ("https://b.example", "https://b.example/"),
        ("?q", "https://a.example/x/y?q"),
    ],
)
def test_a_redirect_is_followed(location, to):
    assert follow(read_url("https://a.example/x/y?sig=1"), location).whole() == to


@pytest.mark.parametrize(
    "location",
    ["http://a.example/", "ftp://a.example/", "file:///x", "https://u:p@a.example/", "https://[", "\\\\a"],
)
def test_a_redirect_to_what_may_not_be_asked_is_refused(location):
    with pytest.raises(InvalidAddress, match=r"https://a\.example/x: it redirects") as refused:
        follow(read_url("https://a.example/x?sig=hidden"), location)

    assert "hidden" not in str(refused.value)


def test_a_name_is_refused_if_one_of_its_addresses_is_private():
    with pytest.raises(InvalidAddress):
        Guard(resolve=lambda host, port: ["8.8.8.8", "10.0.0.1"]).addresses("two.example", 443)


def test_a_refusal_does_not_tell_the_address_behind_a_name():
    with pytest.raises(InvalidAddress) as refused:
        Guard(resolve=lambda host, port: ["10.11.12.13"]).addresses("inside.example", 443)

    assert "10.11" not in str(refused.value)


@pytest.mark.parametrize(
    ("allowed", "host", "address"),
    [
        ("10.0.0.0/8", "a.example", "10.1.2.3"),
        ("10.1.2.3", "a.example", "10.1.2.3"),
        ("10.0.0.0/8", "a.example", "::ffff:10.1.2.3"),
        ("fd00:1::/32", "a.example", "fd00:1::5"),
        ("[::1]", "a.example", "::1"),
        ("fe80::/10", "a.example", "fe80::1%eth0"),
        ("Files.Example.", "files.example", "192.168.1.1"),
    ],
)
def test_a_setting_lets_a_host_or_a_network_pass(allowed, host, address):
    assert Guard.allowing([allowed], resolve=lambda host, port: [address]).addresses(host, 80) == [address]


@pytest.mark.parametrize(
    ("allowed", "host", "address"),
    [
        ("10.0.0.0/8", "a.example", "192.168.0.1"),
        ("files.example", "a.files.example", "10.0.0.1"),
        ("files.example", "files.example.evil.example", "10.0.0.1"),
        ("0.0.0.0/0", "a.example", "::1"),
    ],
)
def test_it_lets_nothing_else_pass(allowed, host, address):
    guard = Guard.allowing([allowed], resolve=lambda host, port: [address])

    with pytest.raises(InvalidAddress):
        guard.addresses(host, 80)


@pytest.mark.parametrize("name", ["10.0.0.1/8", "10.0.0.0/33", "http://a.example", "a b", "*", "", "0x7f.1"])
def test_a_setting_that_names_neither_is_an_error(name):
    with pytest.raises(InvalidInput, match="LECT_FETCH_PRIVATE_ADDRESSES"):
        Guard.allowing([name])


def test_the_server_does_not_ask_itself_even_where_loopback_is_allowed():
    guard = Guard.allowing(
        ["127.0.0.0/8", "self.example"], own_ports=[8080], resolve=lambda host, port: ["127.0.0.1"]
    )

    with pytest.raises(InvalidAddress, match="the server itself"):
        guard.addresses("self.example", 8080)
    assert guard.addresses("self.example", 8081) == ["127.0.0.1"]


@pytest.mark.parametrize(("address", "is_own"), [("127.0.0.1", True), ("0.0.0.0", True), ("8.8.8.8", False)])
def test_an_address_of_this_machine_is_known(address, is_own):
    assert is_of_this_machine(ipaddress.ip_address(address)) is is_own


@pytest.mark.parametrize(
    "failure", [socket.gaierror(-2, "Name or service not known"), OSError(), UnicodeError()]
)
def test_a_name_that_cannot_be_looked_up_may_be_tried_again(failure):
    def fail(host, port):
        raise failure

    with pytest.raises(Unreachable, match=r"a\.example"):
        Guard(resolve=fail).addresses("a.example", 80)


def test_a_name_without_an_address_may_be_tried_again():
    with pytest.raises(Unreachable):
        Guard(resolve=lambda host, port: []).addresses("a.example", 80)


def test_the_system_is_asked_for_names():
    assert "127.0.0.1" in system_resolver("127.0.0.1", 80)
