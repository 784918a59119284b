"""Names and addresses of papers: arXiv ids and DOIs in every form people paste, and where a reading's PDF may be."""

import ipaddress
import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from cs229tui.course.model import Reading
from cs229tui.documents.sites import pdf_behind

# The group of the readings a student added; the course's own say where their PDF is.
ADDED = "Added by you"
_NEW_STYLE = r"\d{4}\.\d{4,5}"
_OLD_STYLE = r"[a-z-]+(?:\.[A-Za-z]{2})?/\d{7}"
_ARXIV = re.compile(rf"({_NEW_STYLE}|{_OLD_STYLE})(v\d{{1,3}})?", re.I)
_ARXIV_PATH = re.compile(r"^/(?:abs|pdf|html|format|e-print|src|ps)/(.+?)(?:\.pdf)?/?$")
_DOI = re.compile(r"10\.\d{4,9}/\S{1,200}")


@dataclass(frozen=True)
class ArxivId:
    """A paper on arXiv; `version` is "v2" or empty for the newest."""

    id: str
    version: str = ""

    @property
    def abstract(self) -> str:
        """The address of its page."""
        return f"https://arxiv.org/abs/{self.id}{self.version}"

    @property
    def pdf(self) -> str:
        """The address of its PDF."""
        return f"https://arxiv.org/pdf/{self.id}{self.version}"

    @property
    def html(self) -> str:
        """The address of its HTML version, where it has one."""
        return f"https://arxiv.org/html/{self.id}{self.version}"


def parse_arxiv(text: str) -> ArxivId | None:
    """The paper meant by `2302.13971v1`, `arXiv:hep-th/9901001`, an arxiv.org address or arXiv's own DOI."""
    wanted = text.strip()
    parts = urlsplit(wanted if "://" in wanted else "")
    if parts.hostname and _is_arxiv(parts.hostname):
        found = _ARXIV_PATH.match(unquote(parts.path))
        wanted = found[1] if found else ""
    elif doi := parse_doi(wanted):
        prefix, _, rest = doi.partition("/")
        wanted = rest[6:] if prefix == "10.48550" and rest.lower().startswith("arxiv.") else ""
    else:
        wanted = re.sub(r"^arxiv:\s*", "", wanted, flags=re.I)
    match = _ARXIV.fullmatch(wanted)
    return ArxivId(match[1], (match[2] or "").lower()) if match else None


def parse_doi(text: str) -> str:
    """The DOI meant by `10.1000/x`, `doi:10.1000/x` or a doi.org address; empty where it is none."""
    wanted = text.strip()
    parts = urlsplit(wanted if "://" in wanted else "")
    if parts.hostname in ("doi.org", "dx.doi.org", "www.doi.org"):
        wanted = unquote(parts.path).lstrip("/")
    wanted = re.sub(r"^doi:\s*", "", wanted, flags=re.I).rstrip(".,;")
    return wanted if _DOI.fullmatch(wanted) else ""


def candidates(reading: Reading) -> tuple[str, ...]:
    """The addresses that may give the reading's PDF, the likeliest first."""
    found = [reading.pdf_url] if reading.pdf_url else []
    if reading.arxiv and (paper := parse_arxiv(reading.arxiv)):
        # Another version than the one the course names would be another text: its own address says it all.
        found += [] if reading.pdf_url and parse_arxiv(reading.pdf_url) else [paper.pdf]
    found += [pdf for pdf in map(_pdf_behind, (reading.url, *reading.alt_urls)) if pdf]
    return tuple(dict.fromkeys(address for address in found if urlsplit(address).scheme in ("http", "https")))


def _pdf_behind(address: str) -> str:
    if not address:
        return ""
    if paper := parse_arxiv(address):
        return paper.pdf
    parts = urlsplit(address)
    if parts.hostname == "openreview.net" and parts.path in ("/forum", "/pdf"):
        number = parse_qs(parts.query).get("id", [""])[0]
        return f"https://openreview.net/pdf?id={number}" if re.fullmatch(r"[\w-]+", number) else ""
    return pdf_behind(address)


def is_web_address(text: str) -> bool:
    """Whether this is an http or https address of some host."""
    try:
        parts = urlsplit(text.strip())
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def same_address(one: str, other: str) -> bool:
    """Whether two addresses differ in nothing that matters: scheme, `www.`, fragment, a last slash."""
    return bool(one) and bool(other) and plain_address(one) == plain_address(other)


def plain_address(address: str) -> tuple[str, str, str]:
    """What of an address matters: host, path, query."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return address, "", ""
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/"), parts.query


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet at large, the one inside a transition address included."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def slug(text: str, longest: int = 60) -> str:
    """Text as an id or file name: plain letters, digits, `.` and `-`, never empty or beginning with a dot."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9.]+", "-", plain.replace("'", "")).strip("-.")
    return re.sub(r"\.{2,}", ".", made)[:longest].rstrip("-.") or "reading"


def unused(wanted: str, taken: Container[str]) -> str:
    """The id itself, or with the first number that makes it new."""
    number, made = 2, wanted
    while made in taken:
        made, number = f"{wanted}-{number}", number + 1
    return made


def _is_arxiv(host: str) -> bool:
    return host == "arxiv.org" or host.endswith(".arxiv.org")
