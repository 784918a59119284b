"""The bytes of a page as a tree: decoded as the page says, or as its bytes look, and mended where it is broken."""

import codecs
import re

from lxml import etree  # type: ignore[import-untyped]

from cs229tui.clean import clean

LONGEST = 24 * 1024 * 1024
_SNIFFED = 4096
_DECLARED = re.compile(
    rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,30})|<\?xml[^>]{0,100}encoding=[\"']([\w.:-]+)", re.I
)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# What pages call by a name means the larger set that browsers take it for.
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-8",
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}
# Codecs of Python's that are no character sets, or that a page could use to do harm.
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-7", "mbcs", "oem"}
)
_FEW_ERRORS = 0.01
_PLAIN = frozenset({"Basic Latin", "Control character", "General Punctuation"})
_OWN_ENTITIES = re.compile(r"<!DOCTYPE[^>\[]{0,500}\[.{0,20000}?\]\s*>", re.S | re.I)
# The parser gives up on what is nested deeper than this; the tags that mean nothing are then left out.
_EMPTY_TAGS = re.compile(
    r"</?(?:div|span|font|center|section|b|i|u|em|strong|small|big|ul|ol|li|dl|dd|blockquote|table|tbody|tr|td|\w+-[\w-]+)\b[^>]*>",
    re.I,
)


def decoded(data: bytes) -> str:
    """The clean text of a page: by its byte order mark, by what it declares, else by what its bytes look like."""
    # Null bytes and their like would end the text for the parser; entities that a page makes itself are not for us.
    return clean(_OWN_ENTITIES.sub("", _decoded(data), count=1))


def _decoded(data: bytes) -> str:
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    declared = _declared(data[:_SNIFFED])
    for name in filter(None, (declared, "utf-8")):
        try:
            return data.decode(name)
        except UnicodeDecodeError as error:
            text = data.decode(name, "replace") if name == declared or error.start > _SNIFFED else ""
            if text and text.count("\ufffd") <= _FEW_ERRORS * len(text):
                return text
    return data.decode(_looks_like(data), "replace")


def _declared(head: bytes) -> str:
    found = _DECLARED.search(head)
    if not found:
        return ""
    try:
        name = codecs.lookup((found[1] or found[2]).decode("ascii", "ignore")).name
    except LookupError:
        return ""
    return "" if name in _NO_CHARSETS else _MEANT.get(name, name)


def _looks_like(data: bytes) -> str:
    from charset_normalizer import from_bytes

    # Markup is ASCII and says nothing; the words do.
    words = re.sub(rb"<(script|style)\b.*?</\1\s*>|<[^>]*>", b" ", data[:400_000], flags=re.S | re.I)
    best = from_bytes(words[:60_000]).best()
    # Latin letters alone do not tell the western sets apart; browsers take such pages for the commonest.
    if (
        best is None
        or best.encoding in ("ascii", "utf_8")
        or all("Latin" in name or name in _PLAIN for name in best.alphabets)
    ):
        return "cp1252"
    name = codecs.lookup(best.encoding).name
    return _MEANT.get(name, name)


def tree(text: str) -> etree._Element | None:
    """The root element of a clean text, or none. No entity is looked up and nothing is fetched."""
    root, too_deep = _parsed(text)
    if too_deep:
        root, _ = _parsed(_EMPTY_TAGS.sub(" ", text))
    return root


def _parsed(text: str) -> tuple[etree._Element | None, bool]:
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True, recover=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    too_deep = any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log)
    return root, too_deep
