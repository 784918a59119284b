"""Mails reduced to what they say, whatever is in them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs229tui.labkit.data.mails import gist, said

PARTS = b"""From a@b Thu Aug 22
Received: by somebody\r
 who has another line
Content-Type: multipart/alternative;\n boundary="=_x+(1)"
X-Spam-Status: Yes

This is for old readers.
--=_x+(1)
Content-Type: text/plain; charset=us-ascii
Content-Transfer-Encoding: quoted-printable

Caf=E9 is =
open.

--=_x+(1)
Content-Type: text/html

<b>Caf&eacute;</b>
--=_x+(1)--
after it
"""


def test_no_header_and_the_plain_part_as_the_bytes_it_was_sent_as() -> None:
    assert said(PARTS) == b"Caf\xe9 is open."


def test_html_without_its_markup() -> None:
    mail = (
        b"Content-type: TEXT/HTML\n\n<html><head><title>t</title><style>b {x}</style></head><!-- <b>hidden\n-->"
        b"<p>Buy&nbsp;now,<br>it&#39;s <b class='a'>fr</b>ee &amp; 1 < 2<script>x = '<p>'</script>"
    )
    assert said(mail) == b"Buy now,\nit's fr ee & 1 < 2"


def test_base64_even_where_it_is_cut_off() -> None:
    packed = base64.encodebytes(b"Dear friend, " * 20)
    mail = b"Content-Type: text/plain\nContent-Transfer-Encoding: Base64\n\n"
    assert said(mail + packed) == (b"Dear friend, " * 20).strip()
    assert said(mail + packed[:-7]).startswith(b"Dear friend, Dear friend, ")


def test_parts_within_parts_and_mails_within_mails() -> None:
    inner = b"Content-Type: message/rfc822\n\nSubject: no\n\nthe forwarded text"
    mail = b"Content-Type: multipart/mixed; boundary=A\n\n--A\n\nfirst\n--A\n" + inner + b"\n--A--\n"
    assert said(mail) == b"first\nthe forwarded text"


def test_attachments_and_the_address_above_news_say_nothing() -> None:
    attached = b"Content-Type: multipart/mixed; boundary=A\n\n--A\nContent-Type: image/gif\n\nR0lGOD\n--A--"
    assert said(attached) == b""
    assert said(b"Subject: x\n\nURL: http://a\nDate: Not supplied\n\nThe news") == b"The news"


def test_what_differs_in_a_name_or_a_number_only_is_one() -> None:
    assert gist(b"Offer no 17!\nBuy now") == gist(b"OFFER no 99: buy  now")


@pytest.mark.parametrize("mail", [b"", b"\n", b"no header", b"Content-Type: multipart/mixed; boundary=\n\n--\n"])
def test_what_is_hardly_a_mail_is_no_trouble(mail: bytes) -> None:
    said(mail)


@given(st.binary(max_size=300), st.sampled_from([b"base64", b"quoted-printable", b"x"]))
def test_any_bytes_at_all(body: bytes, encoding: bytes) -> None:
    head = b"Content-Type: multipart/mixed; boundary=A\nContent-Transfer-Encoding: " + encoding + b"\n\n--A\n"
    assert b"\0" not in said(head + body + b"\n--A--")
    said(body)


def test_a_mail_made_to_take_long_does_not() -> None:
    said(b"Content-Type: text/html\n\n" + b"<" * 50_000 + b"<!--" * 20_000)
    nested = b"text"
    for depth in range(60):
        mark = str(depth).encode()
        nested = b"Content-Type: multipart/mixed; boundary=B" + mark + b"\n\n--B" + mark + b"\n" + nested
    said(nested)
