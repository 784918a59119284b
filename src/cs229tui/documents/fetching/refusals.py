"""What it means when a server gives something else than the document, and what a person can do about it."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from html import unescape
from urllib.parse import urljoin, urlsplit

from cs229tui.clean import clean_line
from cs229tui.clock import now
from cs229tui.errors import FetchError

BY_HAND = "Open it in a browser (o), save it, and attach the file: cs229tui attach READING FILE."
LATER = "Try again later."
# Where a page is looked into to see what it is instead of the document.
LOOKED_AT = 256 * 1024
# A page with more to it than this is an article that speaks of such things.
_LONGEST_CHECK = 40_000

_SELLERS = (
    "sciencedirect.com",
    "elsevier.com",
    "link.springer.com",
    "nature.com",
    "science.org",
    "onlinelibrary.wiley.com",
    "wiley.com",
    "ieeexplore.ieee.org",
    "dl.acm.org",
    "academic.oup.com",
    "cambridge.org",
    "tandfonline.com",
    "journals.sagepub.com",
    "annualreviews.org",
    "jstor.org",
    "direct.mit.edu",
    "degruyter.com",
    "worldscientific.com",
    "nowpublishers.com",
    "epubs.siam.org",
    "iopscience.iop.org",
    "journals.aps.org",
    "pnas.org",
    "cell.com",
    "newyorker.com",
    "nytimes.com",
    "ft.com",
    "economist.com",
    "wsj.com",
    "medium.com",
)
_ROBOT_CHECK = re.compile(
    r"just a moment\.\.\.|attention required! \| cloudflare|cf-chl-|challenge-platform|<title>[^<]{0,80}captcha"
    r"|are you a robot|verify(ing)? (that )?you are (a )?human|checking your browser|unusual traffic"
    r"|access to this page has been denied|ddos-guard|please enable js and disable any ad blocker"
    r"|request unsuccessful\. incapsula|enable javascript and cookies",
    re.I,
)
_FOR_SALE = re.compile(
    r"purchase (this |the )?(article|chapter|pdf|access|book)|buy (this )?(article|chapter|book)|rent this article"
    r"|get (full )?access|access through your (institution|organization)|institutional (log-?in|access|sign-?in)"
    r"|subscribe to (read|continue|journal)|subscription (is )?required|this content is for subscribers",
    re.I,
)
_LOG_IN_PLACE = re.compile(
    r"(?:^|[/.?&_=-])(log-?in|sign-?in|sso|saml2?|shibboleth|idp|wayf|cas|oauth2?|authenticate|authorize|auth)(?:$|[/.?&_=-])",
    re.I,
)
_PASSWORD = re.compile(r"<input[^>]{0,300}type\s*=\s*[\"']?password", re.I)
_META = re.compile(r"<meta\s[^>]{1,2000}>", re.I)
_ATTRIBUTE = re.compile(r"(name|property|content)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.I)


class UnreachableError(FetchError):
    """The host cannot be found or reached: most likely there is no network."""

    usual = "offline"


class CutOffError(FetchError):
    """The connection ended before the answer did."""

    usual = "cut off"


class CancelledError(FetchError):
    """The person stopped it."""

    usual = "stopped"


class PageInsteadError(FetchError):
    """A web page came where a PDF was wanted; `pdf` is the address of the PDF that the page itself names, if any."""

    def __init__(self, error: FetchError, pdf: str = "") -> None:
        super().__init__(error.what, error.remedy, error.outcome, error.wait)
        self.pdf = pdf


def refusal(status: int, headers: Mapping[str, str], host: str, asked: str = "", body: str = "") -> FetchError:
    """What a status that is not success means; `body` is the beginning of what came with it, `asked` its address."""
    wait = retry_after(headers.get("retry-after", ""))
    if status == 429 or (status == 503 and wait):
        when = f"in {span(wait)}" if wait else "in some minutes"
        return FetchError(f"{host} asks us to slow down (status {status}).", f"Try again {when}.", "busy", wait)
    if status == 407:
        return FetchError("The proxy asks for a name and password (status 407).", "Check HTTPS_PROXY.", "offline")
    if status in (401, 403, 503) and (is_robot_check(headers, body) or "captcha" in body.lower()):
        return _robot_check(host, f" (status {status})")
    if status == 401 or (status == 403 and asks_to_log_in(asked, body)):
        return FetchError(f"{host} gives it only to people who log in (status {status}).", BY_HAND, "log-in")
    if status == 402 or (status == 403 and (sells(host) or _FOR_SALE.search(body))):
        return FetchError(
            f"{host} sells it, or lends it to libraries (status {status}).",
            f"Your library may have it. {BY_HAND}",
            "paywalled",
        )
    if status in (403, 451):
        return FetchError(f"{host} does not give it to us (status {status}).", BY_HAND, "refused")
    if status in (404, 410):
        return FetchError(f"{host} no longer has it at that address (status {status}).", BY_HAND, "gone")
    if status >= 500:
        return FetchError(f"{host} has trouble of its own (status {status}).", LATER, "trouble", wait)
    return FetchError(f"{host} answers with status {status}.", BY_HAND, "refused")


def instead_of_pdf(headers: Mapping[str, str], host: str, final: str, body: str) -> PageInsteadError:
    """What a web page is that came where a PDF was wanted; `final` is the address it came from in the end."""
    pdf = named_pdf(body, final)
    if is_robot_check(headers, body):
        return PageInsteadError(_robot_check(host))
    if asks_to_log_in(final, body):
        what = f"{host} gives a page to log in on, not a PDF."
        return PageInsteadError(FetchError(what, BY_HAND, "log-in"), pdf)
    if sells(host) or _FOR_SALE.search(body):
        what = f"{host} gives a page about it, not the PDF: it sells it, or lends it to libraries."
        return PageInsteadError(FetchError(what, f"Your library may have it. {BY_HAND}", "paywalled"), pdf)
    what = f"{host} gives a web page, not a PDF."
    remedy = "Open it with o in the program or in a browser, or attach a file: cs229tui attach READING FILE."
    return PageInsteadError(FetchError(what, remedy, "changed"), pdf)


def page_refused(headers: Mapping[str, str], host: str, asked: str, final: str, body: str) -> FetchError | None:
    """Why a page that came with success is none: a check for robots, or a log-in that we were sent to."""
    if len(body) < _LONGEST_CHECK and is_robot_check(headers, body):
        return _robot_check(host)
    moved = urlsplit(final)[1:3] != urlsplit(asked)[1:3]
    if moved and _LOG_IN_PLACE.search(_place(final)) and not _LOG_IN_PLACE.search(_place(asked)):
        return FetchError(f"{host} gives it only to people who log in.", BY_HAND, "log-in")
    return None


def is_robot_check(headers: Mapping[str, str], body: str) -> bool:
    """Whether a page asks for proof that a person is there."""
    return headers.get("cf-mitigated", "") == "challenge" or bool(_ROBOT_CHECK.search(body[:_LONGEST_CHECK]))


def asks_to_log_in(address: str, body: str) -> bool:
    """Whether a page wants a name and password."""
    return bool(_LOG_IN_PLACE.search(_place(address)) or _PASSWORD.search(body))


def sells(host: str) -> bool:
    """Whether a host is a publisher's that keeps most of what it has for those who pay."""
    return any(host == seller or host.endswith("." + seller) for seller in _SELLERS)


def named_pdf(body: str, base: str) -> str:
    """The address of the PDF in a page's `citation_pdf_url`, which publishers give for Google Scholar; else empty."""
    for tag in _META.findall(body):
        found = {name.lower(): unescape(one or two or three) for name, one, two, three in _ATTRIBUTE.findall(tag)}
        if (found.get("name") or found.get("property") or "").lower() == "citation_pdf_url":
            try:
                given = clean_line(found.get("content", ""), 2000).strip()
                address = urljoin(base, given)
                return address if given and urlsplit(address).scheme in ("http", "https") else ""
            except ValueError:
                return ""
    return ""


def retry_after(value: str) -> float:
    """The seconds that a Retry-After header, a number or a date, asks us to wait; 0 where it says nothing."""
    seconds: float = 0.0
    if value.strip().isdigit():
        seconds = float(value.strip()[:9])
    elif value:
        try:
            seconds = (parsedate_to_datetime(value) - now()).total_seconds()
        except (ValueError, TypeError):
            return 0.0
    return seconds if seconds >= 1 else 0.0


def span(seconds: float) -> str:
    """A time to wait, in words."""
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 2 * 3600 else f"{seconds / 3600:.0f} hours"


def _robot_check(host: str, status: str = "") -> FetchError:
    return FetchError(f"{host} wants to see a person at a browser{status}.", BY_HAND, "refused")


def _place(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.hostname or ''}{parts.path}"
