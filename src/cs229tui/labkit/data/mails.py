"""Mails reduced to what they say: no header, one text for their parts, no markup. Bytes stay bytes."""

import base64
import binascii
import re

_DEEPEST = 6  # parts within parts

_BLANK = re.compile(rb"\n[ \t]*\n")
_HEADER = re.compile(rb"^([!-9;-~]+):[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)
_BOUNDARY = re.compile(rb"boundary\s*=\s*(?:\"([^\"]+)\"|([^\s;]+))", re.IGNORECASE)
_HIDDEN = re.compile(rb"<!--.*?(?:-->|\Z)|<(script|style|title)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(rb"</?(?:br|p|div|tr|li|ul|ol|h[1-6]|table|hr)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(rb"</?[a-z!][^>]*>", re.IGNORECASE)
_ENTITY = re.compile(rb"&(?:#(\d{1,3})|(nbsp|amp|lt|gt|quot));?", re.IGNORECASE)
_FEED = re.compile(rb"\A(?:(?:URL|Date):[^\n]*\n)+")  # above news that came by mail: of ham only, and no text of it
_NAMED = {b"nbsp": b" ", b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"'}


def said(mail: bytes) -> bytes:
    """The text of a mail: of its plain parts, or else of its HTML with the markup taken off; runs of blanks are one."""
    found = list(_texts(mail.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), _DEEPEST))
    plain = [text for kind, text in found if kind == b"text/plain" and text.strip()]
    chosen = plain or [_without_markup(text) for kind, text in found if kind == b"text/html"]
    text = b"\n".join(chosen).replace(b"\0", b"")
    lines = [re.sub(rb"[ \t\f\v]+", b" ", line).strip() for line in text.split(b"\n")]
    text = b"\n".join(lines).strip()
    return re.sub(rb"\n{3,}", b"\n\n", _FEED.sub(b"", text)).strip()


def gist(text: bytes) -> bytes:
    """What is the same in two mails that are one but for a name, a number or a line break."""
    return re.sub(rb"[^a-z\x80-\xff]+", b"", text.lower())[:200]


def _texts(mail: bytes, depth: int) -> list[tuple[bytes, bytes]]:
    """The kind and the bytes of each part, in their order."""
    head, _, body = _split(mail)
    headers = {name.lower(): value for name, value in reversed(_HEADER.findall(head))}  # of two, the first counts
    kind = headers.get(b"content-type", b"text/plain").split(b";")[0].strip().lower() or b"text/plain"
    boundary = _BOUNDARY.search(headers.get(b"content-type", b""))
    if kind.startswith(b"multipart/") and boundary and depth:
        mark = re.escape(boundary[1] or boundary[2])
        parts = re.split(rb"(?:^|\n)--" + mark + rb"(?:--)?[ \t]*(?=\n|\Z)", body)[1:]
        return [text for part in parts for text in _texts(part.removeprefix(b"\n"), depth - 1)]
    if kind == b"message/rfc822" and depth:
        return _texts(body, depth - 1)
    return [(kind, _decoded(body, headers.get(b"content-transfer-encoding", b"").strip().lower()))]


def _split(mail: bytes) -> tuple[bytes, bytes, bytes]:
    if mail.startswith(b"\n"):  # a part without a header
        return b"", b"", mail
    blank = _BLANK.search(mail)
    return (mail[: blank.start()], blank[0], mail[blank.end() :]) if blank else (mail, b"", b"")


def _decoded(body: bytes, encoding: bytes) -> bytes:
    if encoding == b"quoted-printable":
        return binascii.a2b_qp(body)
    if encoding == b"base64":
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
        letters = letters[: len(letters) - (len(letters) % 4 == 1)]
        return base64.b64decode(letters + b"=" * (-len(letters) % 4))
    return body


def _without_markup(text: bytes) -> bytes:
    text = _TAG.sub(b" ", _BREAK.sub(b"\n", _HIDDEN.sub(b" ", text)))
    return _ENTITY.sub(_character, text)


def _character(match: re.Match[bytes]) -> bytes:
    if match[2]:
        return _NAMED[match[2].lower()]
    return bytes([int(match[1])]) if 31 < int(match[1]) < 256 else b" "
