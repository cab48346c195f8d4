"""Fetching from servers that behave, and from servers that do not. Everything listens on loopback, which a setting allows."""

import gzip
import io
import logging
import ssl
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import InvalidAddress, InvalidInput, JobCancelled, LimitExceeded, Unreachable
from lect.settings import Fetch
from lect.web.addresses import Guard
from lect.web.containers import MAX_BLOBS
from lect.web.exchange import BLOCK, unpack
from lect.web.fetching import LATER, LONGEST_PAUSE, REDIRECTS, TRIES, Fetcher, retry_after, trusting
from receivers import HOST, fetching, in_turn, response

LIMIT = 1 << 20
SECRET = "?sv=2024&sig=hidden%2Bsecret"


def get(fetcher, url, limit=LIMIT, **options):
    file = io.BytesIO()
    fetched = fetcher.fetch(url, file, limit=limit, **options)
    return file.getvalue(), fetched


def raw(data):
    """Sends these bytes and closes."""
    return lambda connection, head, body: connection.sendall(data)


def redirect(to, status="302 Found"):
    return response(status=status, Location=to)


def test_a_file_is_fetched(serve, fetcher):
    server = serve(response(b"some bytes", Content_Type="audio/wav; rate=16000"))

    body, fetched = get(fetcher, server.url("/a.wav" + SECRET))

    assert body == b"some bytes"
    assert (fetched.size, fetched.media_type, str(fetched.url)) == (10, "audio/wav", server.url("/a.wav"))
    assert server.targets == ["/a.wav" + SECRET]


def test_it_asks_as_the_host_that_was_named_and_for_bytes_as_they_are(serve, fetcher):
    server = serve(response(b""))

    get(fetcher, server.url(host=HOST))

    headers = server.headers()
    assert headers["host"] == f"{HOST}:{server.port}"
    assert headers["accept-encoding"] == "identity"
    assert headers["user-agent"].startswith("lect/")
    assert "authorization" not in headers


def test_it_writes_where_the_file_stands(serve, fetcher):
    server, file = serve(response(b"new")), io.BytesIO(b"head, old tail")
    file.seek(4)

    fetcher.fetch(server.url(), file, limit=LIMIT)

    assert file.getvalue() == b"headnew"


def test_a_body_in_chunks_is_put_together(serve, fetcher):
    server = serve(
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    )

    assert get(fetcher, server.url())[0] == b"abcde"


def test_a_body_without_a_length_ends_with_the_connection(serve, fetcher):
    server = serve(raw(b"HTTP/1.0 200 OK\r\n\r\nall of it"))

    assert get(fetcher, server.url())[0] == b"all of it"


def test_without_the_setting_loopback_is_not_asked(serve):
    server = serve(response(b"secret"))

    with pytest.raises(InvalidAddress, match="public internet"):
        get(Fetcher(Fetch()), server.url())
    assert server.heads == []


def test_a_name_is_looked_up_once_and_what_was_checked_is_what_is_asked(serve):
    """Rebinding: a name server that says a good address first and loopback afterwards gets no second question."""
    good, bad = serve(response(b"good")), serve(response(b"bad"))
    questions = []

    def rebinding(host, port):
        questions.append(host)
        return ["127.0.0.1"] if len(questions) == 1 else ["127.0.0.2"]

    guard = Guard.allowing(["127.0.0.1"], resolve=rebinding)
    fetcher = fetching(guard=guard)

    assert get(fetcher, good.url(host=HOST))[0] == b"good"
    assert questions == [HOST]
    with pytest.raises(InvalidAddress):
        get(fetcher, bad.url(host=HOST))
    assert bad.heads == []


def test_each_try_is_checked_anew(serve):
    server = serve(response(status="503 Busy"))
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    guard = Guard.allowing(["127.0.0.0/8"], resolve=lambda host, port: next(answers))

    with pytest.raises(InvalidAddress, match="public internet"):
        get(fetching(guard=guard), server.url(host=HOST))
    assert len(server.heads) == 1


def test_the_next_address_of_a_name_is_asked_if_the_first_is_dead(serve):
    server = serve(response(b"here"))
    guard = Guard.allowing(["127.0.0.0/8"], resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"])

    assert get(fetching(guard=guard), server.url(host=HOST))[0] == b"here"


def test_a_name_server_that_hangs_is_left_at_the_end_of_the_time(serve):
    from threading import Event

    ever = Event()
    guard = Guard(resolve=lambda host, port: ever.wait() and [])

    with pytest.raises(Unreachable, match="longer than 0.1 s"):
        get(fetching(guard=guard, seconds=0.1), "http://hangs.example/")
    ever.set()


def test_proxies_of_the_environment_are_not_used(serve, fetcher, monkeypatch):
    """They would look names up themselves, behind the check."""
    proxy, server = serve(response(b"proxy")), serve(response(b"direct"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url(""))

    assert get(fetcher, server.url())[0] == b"direct"
    assert proxy.heads == []


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_followed_with_its_own_query(serve, fetcher, status):
    target = serve(response(b"there"))
    server = serve(redirect(target.url("/there?sig=other"), status))

    body, fetched = get(fetcher, server.url("/here" + SECRET))

    assert body == b"there"
    assert str(fetched.url) == target.url("/there")
    assert target.targets == ["/there?sig=other"]
    assert "hidden" not in "".join(target.heads)


def test_a_password_is_not_sent_to_where_a_redirect_leads(serve):
    target = serve(response(b"there"))
    server = serve(redirect(target.url()))

    get(fetching(credentials=True), server.url().replace("//", "//al:word@"))

    assert server.headers()["authorization"].startswith("Basic ")
    assert "authorization" not in target.headers()


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "file:/secrets.txt",
        "gopher://127.0.0.1/",
        "//10.0.0.1/",
        "http://user:word@127.0.0.1/",
    ],
)
def test_a_redirect_to_what_may_not_be_asked_is_refused(serve, fetcher, location):
    server = serve(redirect(location))

    with pytest.raises(InvalidAddress):
        get(fetcher, server.url())
    assert len(server.heads) == 1


def test_a_redirect_to_nowhere_is_refused(serve, fetcher):
    server = serve(response(status="302 Found"))

    with pytest.raises(InvalidAddress, match="nowhere"):
        get(fetcher, server.url())


def test_endless_redirects_end(serve, fetcher):
    server = serve(redirect("/again"))

    with pytest.raises(InvalidAddress, match="redirects"):
        get(fetcher, server.url())
    assert len(server.heads) == REDIRECTS + 1


@pytest.mark.parametrize("length", [LIMIT + 1, 1 << 62, 10**19])
def test_a_length_beyond_the_limit_is_refused_before_the_body_is_read(serve, fetcher, length):
    server = serve(response(b"x", Content_Length=str(length)))

    with pytest.raises(LimitExceeded, match=str(LIMIT)):
        get(fetcher, server.url())


@pytest.mark.parametrize(
    "head", ["HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]
)
def test_an_endless_body_is_left_at_the_limit(serve, fetcher, head):
    is_chunked = "chunked" in head
    sent = []

    def endless(connection, _head, _body):
        connection.sendall(head.encode())
        block = b"x" * 65536
        while True:
            connection.sendall(b"10000\r\n" + block + b"\r\n" if is_chunked else block)
            sent.append(len(block))

    server = serve(endless)
    with pytest.raises(LimitExceeded):
        get(fetcher, server.url(), limit=1 << 20)
    server.close()
    assert sum(sent) < 64 << 20  # what lies in the buffers of two sockets, at most
    server.close = lambda: None


def test_what_is_just_as_long_as_the_limit_is_taken(serve, fetcher):
    server = serve(response(b"x" * 1000))

    assert len(get(fetcher, server.url(), limit=1000)[0]) == 1000
    with pytest.raises(LimitExceeded):
        get(fetcher, server.url(), limit=999)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_what_was_packed_all_the_same_is_unpacked(serve, fetcher, pack):
    server = serve(response(pack(b"text " * 100_000), Content_Encoding="gzip"))

    assert get(fetcher, server.url())[0] == b"text " * 100_000


def test_a_bomb_is_left_at_the_limit(serve, fetcher):
    """1 GB in a megabyte: of it no more than the limit and a block is ever unpacked."""
    bomb = gzip.compress(bytes(1 << 26))
    server = serve(response(bomb, Content_Encoding="gzip"))
    file = io.BytesIO()

    with pytest.raises(LimitExceeded):
        fetcher.fetch(server.url(), file, limit=LIMIT)
    assert len(bomb) < LIMIT
    assert file.tell() <= LIMIT


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "x"])
def test_what_is_packed_otherwise_is_refused(serve, fetcher, encoding):
    server = serve(response(b"x", Content_Encoding=encoding))

    with pytest.raises(InvalidAddress, match="content encoding"):
        get(fetcher, server.url())


@pytest.mark.parametrize(
    "packed", [gzip.compress(b"x" * 1000, mtime=0)[:-9], b"not packed", gzip.compress(b"x", mtime=0)[:12]]
)
def test_damaged_packing_is_tried_again(serve, fetcher, pauses, packed):
    server = serve(in_turn(response(packed, Content_Encoding="gzip"), response(b"whole")))

    assert get(fetcher, server.url())[0] == b"whole"
    assert len(pauses) == 1


@given(st.lists(st.binary(max_size=300), max_size=4), st.integers(1, 50))
def test_whatever_was_packed_is_unpacked_however_it_is_cut(members, step):
    packed = b"".join(map(gzip.compress, members))
    blocks = [packed[start : start + step] for start in range(0, len(packed), step)]

    assert b"".join(unpack(blocks)) == b"".join(members)


@given(st.binary(min_size=1, max_size=300), st.integers(1, 12))
def test_what_is_cut_short_is_never_taken_for_whole(data, cut):
    with pytest.raises(Unreachable):
        list(unpack([gzip.compress(data)[:-cut]]))


def test_a_block_unpacks_in_small_pieces():
    pieces = list(unpack([gzip.compress(bytes(10 * BLOCK))]))

    assert max(map(len, pieces)) <= BLOCK
    assert sum(map(len, pieces)) == 10 * BLOCK


@pytest.mark.parametrize(
    "broken",
    [
        raw(b""),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx"),
        raw(b"HTTP/1.1 200"),
        raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
        raw(b"\x00" * 100),
        raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000),
        *(response(status=status) for status in ("408 T", "429 T", "500 E", "502 B", "503 B", "504 T")),
    ],
)
def test_what_may_pass_by_itself_is_tried_again(serve, fetcher, pauses, broken):
    server = serve(in_turn(broken, broken, response(b"whole")))

    assert get(fetcher, server.url())[0] == b"whole"
    assert pauses == [1.0, 2.0]


def test_what_does_not_pass_is_told_after_some_tries(serve, fetcher, pauses):
    server = serve(response(status="500 Broken"))

    with pytest.raises(Unreachable, match="500 Internal Server Error"):
        get(fetcher, server.url())
    assert len(server.heads) == TRIES == len(pauses) + 1


@pytest.mark.parametrize(
    "status", ["400 B", "401 U", "403 F", "404 N", "410 G", "204 N", "206 P", "304 N", "299 X", "418 T"]
)
def test_what_stays_so_is_told_at_once(serve, fetcher, status):
    server = serve(response(status=status, Content_Length=None))

    with pytest.raises(InvalidAddress, match=f"it answers {status.split()[0]}"):
        get(fetcher, server.url())
    assert len(server.heads) == 1


def test_nothing_listens(serve, fetcher):
    server = serve(response(b""))
    url = server.url()
    server.close()
    server.close = lambda: None

    with pytest.raises(Unreachable, match=url):
        get(fetcher, url)


@pytest.mark.parametrize(
    ("asked", "pause"),
    [("7", 7.0), ("0", 0.0), ("86400", LONGEST_PAUSE), ("9" * 400, LONGEST_PAUSE), ("soon", 1.0)],
)
def test_the_other_server_says_when_within_bounds(serve, pauses, asked, pause):
    server = serve(in_turn(response(status="429 Slower", Retry_After=asked), response(b"")))

    get(fetching(pauses, seconds=1000.0), server.url())

    assert pauses == [pause]


def test_a_pause_beyond_the_end_of_the_time_is_not_begun(serve, pauses):
    server = serve(response(status="503 Busy", Retry_After="30"))

    with pytest.raises(Unreachable, match="503"):
        get(fetching(pauses, seconds=20.0), server.url())
    assert pauses == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("Sat, 31 Jan 2026 12:00:30 GMT", 30.0),
        ("Sat, 31 Jan 2026 11:00:00 GMT", 0.0),
        ("-5", None),
        ("1.5", None),
        ("", None),
        ("٣", None),
        ("Someday", None),
    ],
)
def test_when_to_ask_again_is_a_number_or_a_date(value, seconds):
    assert retry_after({"retry-after": value}, datetime(2026, 1, 31, 12, tzinfo=UTC)) == seconds


def slowly(data, *, start=b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"):
    """A byte now and then, for ever."""

    def answer(connection, head, body):
        connection.sendall(start)
        while not server_is_gone(connection):
            connection.sendall(data)

    def server_is_gone(connection):
        connection.settimeout(0.02)
        try:
            return connection.recv(1) == b""
        except TimeoutError:
            return False

    return answer


@pytest.mark.parametrize(
    "slow",
    [
        slowly(b"x"),
        slowly(b"x", start=b"HTTP/1.1 200 OK\r\nX-Slow: "),
        slowly(b"HTTP/1.1 100 Continue\r\n\r\n", start=b""),
        slowly(b"1\r\nx\r\n", start=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ],
    ids=["body", "header", "continues", "chunks"],
)
def test_who_sends_slowly_but_steadily_is_left_at_the_end_of_the_time(serve, slow):
    """Each wait is short, so that only the whole time ends it; the server's own end is seen by the test's end."""
    server = serve(slow)

    with pytest.raises(Unreachable, match="longer than 0.3 s"):
        get(fetching(seconds=0.3), server.url())


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
def test_who_falls_silent_is_left_after_a_while(serve, pauses, start):
    def silent(connection, head, body):
        connection.sendall(start)
        connection.recv(1)

    server = serve(silent)

    with pytest.raises(Unreachable, match="in time"):
        get(fetching(pauses, idle_seconds=0.05), server.url())
    assert len(pauses) == TRIES - 1


@pytest.mark.parametrize(
    "media_type", ["audio/wav", "application/zip; x=y", "APPLICATION/ZIP", "application/octet-stream", None]
)
def test_a_type_that_was_asked_for_or_says_nothing_is_taken(serve, fetcher, media_type):
    server = serve(response(b"x", Content_Type=media_type))

    assert get(fetcher, server.url(), types=["audio/", "application/zip"])[0] == b"x"


def test_another_type_is_refused(serve, fetcher):
    server = serve(response(b"<html>", Content_Type="text/html"))

    with pytest.raises(InvalidAddress, match="text/html"):
        get(fetcher, server.url(), types=["audio/"])


@pytest.mark.parametrize(
    "answer",
    [
        response(status="403 F"),
        response(status="500 E"),
        response(b"x", Content_Length=str(1 << 40)),
        response(b"x", Content_Encoding="br"),
        raw(b"nonsense"),
        redirect("ftp://a.example/?sig=hidden"),
        redirect("http://169.254.169.254/?sig=hidden"),
        redirect("?sig=hidden"),
    ],
)
def test_errors_and_logs_name_the_address_and_never_its_query(serve, fetcher, caplog, answer):
    server = serve(answer)

    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises((InvalidAddress, LimitExceeded, Unreachable)) as failed,
    ):
        get(fetcher, server.url("/x.zip" + SECRET))

    chain, error = [], failed.value
    while error is not None and not error.__suppress_context__:
        chain.append(error)
        error = error.__context__
    told = " ".join([str(failed.value), repr(failed.value.details), caplog.text, *map(str, chain)])
    told += " ".join(str(getattr(record, "lect_fields", "")) for record in caplog.records)
    assert "hidden" not in told and "sig=" not in told
    assert server.url("/x.zip") in str(failed.value) or "169.254" in str(failed.value)


@pytest.mark.parametrize(("headers", "size"), [({}, 200_000), ({"Content_Encoding": "identity"}, None)])
def test_progress_is_told(serve, fetcher, headers, size):
    told = []

    get(
        fetcher,
        serve(response(bytes(200_000), **headers)).url(),
        progress=lambda *so_far: told.append(so_far),
    )

    assert told == sorted(told)
    assert told[-1] == (200_000, size)


def test_who_is_told_of_progress_can_end_it(serve, fetcher, pauses):
    """So a job that is cancelled in the middle of an endless file lets go of it."""
    left = []

    def endless(connection, head, body):
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                connection.sendall(b"x" * 65536)
        except OSError:
            left.append(True)

    def cancel(done, size):
        raise JobCancelled

    server = serve(endless)
    with pytest.raises(JobCancelled):
        get(fetcher, server.url(), limit=1 << 40, progress=cancel)
    server.close()
    server.close = lambda: None
    assert left == [True]
    assert (len(server.heads), pauses) == (1, [])


def test_a_request_is_sent_and_the_start_of_the_reply_is_read(serve, fetcher):
    server = serve(response(b"x" * 100_000, status="202 Accepted", X_Thing="y"))

    reply = fetcher.send("POST", server.url("/hook"), headers={"X-Event": "Ping"}, body=b'{"a": 1}', limit=10)

    assert (reply.status, reply.body, reply.is_success) == (202, b"x" * 10, True)
    assert reply.headers["x-thing"] == "y"
    assert server.heads[0].startswith("POST /hook HTTP/1.1\r\n")
    assert (server.headers()["x-event"], server.bodies) == ("Ping", [b'{"a": 1}'])


@pytest.mark.parametrize("status", ["302 Found", "503 Busy"])
def test_what_was_sent_is_neither_sent_on_nor_again(serve, fetcher, pauses, status):
    server = serve(response(status=status, Location="/elsewhere"))

    reply = fetcher.send("POST", server.url(), body=b"x")

    assert not reply.is_success
    assert (len(server.heads), pauses) == (1, [])


def test_an_endless_reply_is_cut(serve, fetcher):
    def endless(connection, head, body):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    assert fetcher.send("POST", serve(endless).url(), limit=100).body == b"x" * 100


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate for `files.test` alone that vouches for itself: its file, and the server's side of TLS."""
    x509 = pytest.importorskip("cryptography.x509", reason="cryptography makes the certificate")
    from datetime import timedelta

    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "certificate.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = file.with_name("key.pem")
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, private)
    names = []
    context.sni_callback = lambda peer, name, _context: names.append(name)
    return file, context, names


def test_a_certificate_is_checked_against_the_name_though_an_address_is_asked(serve, authority):
    file, context, names = authority
    server = serve(response(b"safe"), tls=context)

    assert get(fetching(certificates=file), server.url(host=HOST, scheme="https"))[0] == b"safe"
    assert names[-1] == HOST


@pytest.mark.parametrize("host", ["other.test", "127.0.0.1"])
def test_a_certificate_of_another_name_is_refused(serve, authority, pauses, host):
    file, context, _ = authority
    server = serve(response(b"safe"), tls=context)

    with pytest.raises(InvalidAddress, match="certificate is not trusted"):
        get(fetching(pauses, certificates=file), server.url(host=host, scheme="https"))
    assert (server.heads, pauses) == ([], [])


def test_a_certificate_that_nobody_vouches_for_is_refused(serve, authority):
    server = serve(response(b"safe"), tls=authority[1])

    with pytest.raises(InvalidAddress, match="certificate is not trusted") as refused:
        get(fetching(), server.url(host=HOST, scheme="https"))
    assert "LECT_FETCH_CERTIFICATES" in refused.value.hint


def test_no_redirect_leads_from_https_to_http(serve, authority):
    plain = serve(response(b"plain"))
    server = serve(redirect(plain.url()), tls=authority[1])

    with pytest.raises(InvalidAddress, match="from https to http"):
        get(fetching(certificates=authority[0]), server.url(host=HOST, scheme="https"))
    assert plain.heads == []


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_without_certificates_is_an_error(tmp_path, content):
    file = tmp_path / "authorities.pem"
    if content:
        file.write_text(content)

    with pytest.raises(InvalidInput, match="LECT_FETCH_CERTIFICATES"):
        trusting(file)


def test_where_the_system_names_no_authorities_there_are_some(monkeypatch):
    monkeypatch.setattr(
        ssl, "get_default_verify_paths", lambda: ssl.DefaultVerifyPaths(None, None, "", "", "", "")
    )

    assert trusting(None).cert_store_stats()["x509_ca"] > 50


def test_the_page_tells_the_numbers_that_hold(root):
    text = " ".join((root / "docs" / "reference" / "fetching.md").read_text("utf-8").split())

    assert f"Up to {REDIRECTS} are followed" in text
    assert f": {TRIES} times in all" in text
    assert ", ".join(map(str, sorted(LATER)[:-1])) + f" and {max(LATER)}" in text
    assert f"blobs of a container | {MAX_BLOBS:,} |" in text
