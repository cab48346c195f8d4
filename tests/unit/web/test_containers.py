"""Lists of blobs from a server that speaks Azure's protocol, and from servers that only say so."""

import io
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import in_turn, response

from lect.core.errors import InvalidAddress, LimitExceeded, Unreachable
from lect.web.containers import MAX_PAGES, list_container, put_blob, read_page

SIGNATURE = "sv=2024-11-04&sr=c&sp=rl&sig=hidden%2Bsecret%3D"


def page(*blobs, marker=""):
    """A page as Azure writes it, byte order mark included."""
    items = "".join(
        f"<Blob><Name>{escape(name)}</Name><Properties><Content-Length>{size}</Content-Length>"
        "<Content-Type>audio/wav</Content-Type></Properties><OrMetadata /></Blob>"
        for name, size in blobs
    )
    return (
        '\ufeff<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://a.example/" '
        f'ContainerName="c"><Blobs>{items}</Blobs><NextMarker>{escape(marker)}</NextMarker></EnumerationResults>'
    ).encode()


def test_all_pages_of_a_container_are_listed_with_its_signature(serve, fetcher):
    server = serve(
        in_turn(
            response(page(("a.wav", 5), ("sub/b & ü.wav", 7), marker="2!next/+=")),
            response(page(("c.wav", 9))),
        )
    )

    blobs = list_container(fetcher, server.url(f"/container?{SIGNATURE}"))

    assert [(blob.name, blob.size) for blob in blobs] == [("a.wav", 5), ("sub/b & ü.wav", 7), ("c.wav", 9)]
    assert blobs[1].url == server.url(f"/container/sub/b%20%26%20%C3%BC.wav?{SIGNATURE}")
    assert server.targets == [
        f"/container?restype=container&comp=list&{SIGNATURE}",
        f"/container?restype=container&comp=list&marker=2%21next%2F%2B%3D&{SIGNATURE}",
    ]


def test_a_container_that_anybody_may_read_needs_no_signature(serve, fetcher):
    server = serve(response(page(("a.wav", 1))))

    assert [blob.url for blob in list_container(fetcher, server.url("/c/"))] == [server.url("/c/a.wav")]


def test_a_listed_blob_can_be_fetched(serve, fetcher):
    server = serve(in_turn(response(page(("a b?#%.wav", 3))), response(b"abc")))
    (blob,) = list_container(fetcher, server.url(f"/c?{SIGNATURE}"))
    file = io.BytesIO()

    fetcher.fetch(blob.url, file, limit=10)

    assert server.targets[-1] == f"/c/a%20b%3F%23%25.wav?{SIGNATURE}"


@given(
    st.lists(
        st.tuples(
            st.text(
                st.characters(
                    min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\x7f\ufffe\uffff"
                ),
                min_size=1,
            ),
            st.integers(0, 1 << 40),
        )
    )
)
def test_a_page_gives_back_the_names_that_were_written(blobs):
    assert list(read_page(page(*blobs)).blobs) == blobs


def test_names_that_xml_cannot_hold_come_encoded():
    document = (
        b"<EnumerationResults><Blobs><Blob><Name Encoded='true'>a%01b</Name></Blob>"
        b"<Blob><Name>a%01b</Name></Blob></Blobs></EnumerationResults>"
    )

    assert read_page(document).blobs == (("a\x01b", None), ("a%01b", None))


def test_folders_and_prefixes_are_no_blobs():
    document = b"""<EnumerationResults><Blobs>
        <Blob><Name>folder</Name><Properties><ResourceType>directory</ResourceType></Properties></Blob>
        <BlobPrefix><Name>prefix/</Name></BlobPrefix>
        <Blob><Name>folder/a.wav</Name><Properties><ResourceType>file</ResourceType></Properties></Blob>
    </Blobs><NextMarker /></EnumerationResults>"""

    assert read_page(document).blobs == (("folder/a.wav", None),)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html></html>",
        b"not xml",
        b"<EnumerationResults>",
        b"<Error><Code>AuthenticationFailed</Code></Error>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><EnumerationResults>&a;</EnumerationResults>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><EnumerationResults/>',
        b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1/"> %a;]><EnumerationResults/>',
        b"<!DOCTYPE EnumerationResults><EnumerationResults/>",
        b"<EnumerationResults>&undefined;</EnumerationResults>",
        b"<a>" * 1000 + b"</a>" * 1000,
        b"\xff\xfe\x00\x00" * 10,
        b'<?xml version="1.0" encoding="utf-7"?><EnumerationResults/>',
    ],
)
def test_what_is_no_list_or_may_expand_is_refused(serve, fetcher, document):
    server = serve(response(document))

    with pytest.raises(InvalidAddress, match="no list of blobs") as refused:
        list_container(fetcher, server.url(f"/c?{SIGNATURE}"))
    assert "hidden" not in str(refused.value)
    assert server.url("/c") in str(refused.value)


def test_entities_are_never_expanded():
    lines = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 30))
    document = f'<!DOCTYPE x [<!ENTITY a0 "lol">{lines}]><EnumerationResults>&a29;</EnumerationResults>'

    with pytest.raises(InvalidAddress, match="document type"):
        read_page(document.encode())


def test_more_blobs_than_allowed_are_refused(serve, fetcher):
    server = serve(response(page(*((f"{number}.wav", 1) for number in range(11)), marker="more")))

    assert len(list_container(fetcher, serve(response(page(*[("a", 1)] * 10))).url("/c"), limit=10)) == 10
    with pytest.raises(LimitExceeded, match="10 files"):
        list_container(fetcher, server.url("/c"), limit=10)
    assert len(server.heads) == 1


def test_a_list_that_leads_back_is_refused(serve, fetcher):
    server = serve(
        in_turn(response(page(marker="a")), response(page(marker="b")), response(page(marker="a")))
    )

    with pytest.raises(InvalidAddress, match="back"):
        list_container(fetcher, server.url("/c"))


def test_a_list_of_empty_pages_ends(serve, fetcher):
    server = serve(in_turn(*(response(page(marker=str(number))) for number in range(MAX_PAGES + 9))))

    with pytest.raises(LimitExceeded, match="pages"):
        list_container(fetcher, server.url("/c"))
    assert len(server.heads) == MAX_PAGES


def test_a_blob_is_written(serve, fetcher):
    server = serve(response(status="201 Created"))

    put_blob(
        fetcher,
        server.url(f"/c?{SIGNATURE}"),
        "out/a b.json",
        io.BytesIO(b"{}"),
        size=2,
        media_type="application/json",
    )

    assert server.heads[0].startswith(f"PUT /c/out/a%20b.json?{SIGNATURE} HTTP/1.1\r\n")
    assert server.bodies == [b"{}"]
    headers = server.headers()
    assert (headers["x-ms-blob-type"], headers["content-type"], headers["content-length"]) == (
        "BlockBlob",
        "application/json",
        "2",
    )
    assert "transfer-encoding" not in headers


@pytest.mark.parametrize(
    ("status", "error"), [("403 F", InvalidAddress), ("404 N", InvalidAddress), ("503 B", Unreachable)]
)
def test_a_container_that_does_not_take_it_is_told(serve, fetcher, status, error):
    server = serve(response(status=status))

    with pytest.raises(error, match=status.split()[0]) as refused:
        put_blob(fetcher, server.url(f"/c?{SIGNATURE}"), "a", io.BytesIO(b""), size=0)
    assert "hidden" not in str(refused.value)
