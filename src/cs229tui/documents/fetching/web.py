"""Careful requests: only http and https to public hosts, redirects followed by hand, limits on everything, and good
manners towards every host. httpx is imported when the first request is made.
"""

import functools
import os
import socket
import ssl
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlsplit

from cs229tui import __version__
from cs229tui.clean import clean_line
from cs229tui.documents.addresses import is_public
from cs229tui.documents.fetching.refusals import CancelledError, CutOffError, UnreachableError, refusal
from cs229tui.documents.fetching.stopping import Stop, Wire
from cs229tui.documents.fetching.turns import turn
from cs229tui.errors import FetchError

if TYPE_CHECKING:
    import httpx

OFFLINE_REMEDY = "Is there a network? Offline, bring a file in with: cs229tui attach READING FILE."
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# No piece of a compressed answer grows beyond this at once, whatever it promises.
_PIECE = 1 << 20


@dataclass(frozen=True)
class Manners:
    """The limits of a request: bytes, seconds, redirects, and bytes a second below which it is given up; and how far
    apart (seconds) requests are, `spacing` to `polite_hosts` and `pause` to others.

    `head` is the time for an answer to begin, `retries` how often a server in trouble is asked again, `backoff` the
    seconds before the first time; `patience` the longest wait a server may ask for that we wait out. `loopback` lets
    requests reach this machine, which only tests may want.
    """

    largest: int = 200 * 1024 * 1024
    largest_page: int = 25 * 1024 * 1024
    connect: float = 15.0
    head: float = 60.0
    read: float = 30.0
    total: float = 1800.0
    slowest: int = 500
    redirects: int = 5
    spacing: float = 3.0
    pause: float = 1.0
    polite_hosts: tuple[str, ...] = ("arxiv.org",)
    retries: int = 2
    backoff: float = 3.0
    patience: float = 90.0
    loopback: bool = False


@contextmanager
def opened(
    url: str,
    cache: Path,
    manners: Manners,
    headers: Mapping[str, str] | None = None,
    cancel: Stop | None = None,
) -> Iterator["httpx.Response"]:
    """The answer to a GET, its body not yet read; `response.extensions["address"]` is the last address asked.

    `cache` holds the files through which all copies of the program take turns at each host: there is one connection to
    it at a time. Raises `FetchError`.
    """
    seen: list[str] = []
    with ExitStack() as stack:
        hop = stack.enter_context(ExitStack())
        turns = stack.enter_context(ExitStack())
        taken: tuple[str, Callable[[], None]] | None = None
        while True:
            _allowed(url, seen, manners)
            host = urlsplit(url).hostname or ""
            proxied = _through_proxy(url, host)
            # Looked up before the wait: without a network there is nothing to wait for.
            addresses = [host] if proxied else _resolved(url, host, manners)
            family, spacing = _family(url, host, manners)
            if taken is None or taken[0] != family:
                # One host is let go before another is taken, or two programs could wait for each other for ever.
                turns.close()
                taken = family, turns.enter_context(turn(cache, family, spacing, cancel))
            taken[1]()
            seen.append(url)
            with explained(host, cancel):
                response = _send(url, addresses, proxied, headers or {}, manners, hop, cancel)
            target = response.headers.get("location", "")
            if response.status_code not in _REDIRECTS or not target:
                response.extensions["address"] = url
                yield response
                return
            with explained(host):
                url = urldefrag(urljoin(url, target)).url
            hop.close()


def read(url: str, cache: Path, manners: Manners, largest: int = 1_000_000) -> bytes:
    """The whole body of a small answer; raises `FetchError` unless the status is 200."""
    started = time.monotonic()
    host = urlsplit(url).hostname or ""
    with opened(url, cache, manners) as response, explained(host):
        if response.status_code != 200:
            raise refusal(response.status_code, response.headers, host)
        content = bytearray()
        for chunk in body(response, host):
            content += chunk
            if len(content) > largest or time.monotonic() - started > manners.total:
                raise FetchError(f"{host} gives an answer without end.", "Try again later.", "large")
        return bytes(content)


def body(response: "httpx.Response", host: str) -> Iterator[bytes]:
    """The body in pieces of bounded size, unpacked where a server packs although it was asked not to."""
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing in ("", "identity"):
        yield from response.iter_raw()
        return
    if packing not in ("gzip", "x-gzip", "deflate"):
        raise FetchError(f"{host} packs its answer in a way nobody asked for ({clean_line(packing, 40)}).")
    unpacker = zlib.decompressobj(wbits=47 if "gzip" in packing else zlib.MAX_WBITS)
    try:
        for packed in response.iter_raw():
            rest = packed
            while rest:
                piece = unpacker.decompress(rest, _PIECE)
                rest = unpacker.unconsumed_tail
                if piece:
                    yield piece
        yield unpacker.flush()
    except zlib.error as error:
        raise CutOffError(f"{host} sends what cannot be unpacked.", "Try again.") from error
    if not unpacker.eof:
        raise CutOffError(f"{host} broke the connection off.", "Try again.")


@contextmanager
def explained(host: str, cancel: threading.Event | None = None) -> Iterator[None]:
    """Turn what httpx and the sockets raise into a `FetchError` that says what happened with `host`."""
    import httpx

    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError) as error:
        if cancel is not None and cancel.is_set():
            raise CancelledError("Stopped.", "Run it again: it goes on where it stopped.") from error
        raise _problem(error, host) from error


def _problem(error: Exception, host: str) -> FetchError:
    import httpx

    if isinstance(error, httpx.ConnectTimeout):
        return UnreachableError(f"{host} does not answer.", OFFLINE_REMEDY)
    if isinstance(error, httpx.TimeoutException):
        return CutOffError(f"{host} stopped sending.", "Try again: it goes on where it can.")
    if isinstance(error, httpx.ConnectError):
        if "SSL" in str(error) or "CERTIFICATE" in str(error):
            why = f"{host} cannot prove who it is: {clean_line(str(error), 200)}."
            return FetchError(why, "Is the clock right, and nobody between you and it?", "unsafe")
        return UnreachableError(f"{host} cannot be reached: {clean_line(str(error), 120)}.", OFFLINE_REMEDY)
    if isinstance(error, (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.CloseError)):
        return CutOffError(f"{host} broke the connection off.", "Try again: it goes on where it can.")
    why = clean_line(str(error), 160) or type(error).__name__
    return FetchError(f"{host} cannot be asked: {why}.", "Check the address.")


def _allowed(url: str, seen: list[str], manners: Manners) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchError(f"{clean_line(url, 200)} is not an address.", "Check it.", "unsafe") from error
    shown = clean_line(url, 200)
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise FetchError(f"{shown} is not an http or https address.", "Only those are fetched.", "unsafe")
    if not all(sign.isalnum() or sign in ".-_:" for sign in parts.hostname):
        raise FetchError(f"{shown} is not an address.", "Check it.", "unsafe")
    if parts.username or parts.password:
        raise FetchError("The address carries a name or password.", "Take it out; those are not sent.", "unsafe")
    if url in seen:
        raise FetchError(
            f"{parts.hostname} sends us round in a circle.", "Open it in a browser (o) instead.", "refused"
        )
    if len(seen) > manners.redirects:
        raise FetchError(f"{parts.hostname} redirects us too often.", "Open it in a browser (o) instead.", "refused")
    if seen and parts.scheme == "http" and urlsplit(seen[-1]).scheme == "https":
        what = f"A secure address leads to an insecure one at {parts.hostname}."
        raise FetchError(what, "That is not followed.", "unsafe")


def _send(
    url: str,
    addresses: list[str],
    proxied: bool,
    headers: Mapping[str, str],
    manners: Manners,
    stack: ExitStack,
    cancel: Stop | None,
) -> "httpx.Response":
    import httpx

    parts = httpx.URL(url)
    everything = {"User-Agent": user_agent(), "Accept-Encoding": "identity", **headers}
    timeout = httpx.Timeout(manners.read, connect=manners.connect)
    client = stack.enter_context(
        httpx.Client(verify=_certificates(), timeout=timeout, trust_env=proxied, follow_redirects=False)
    )
    wire = Wire()
    if cancel is not None:
        stack.enter_context(cancel.cutting(wire.cut))
    failure: Exception = UnreachableError(f"{parts.host} cannot be reached.", OFFLINE_REMEDY)
    for address in addresses:
        # We connect to the very address that was checked, so that a second look-up cannot lead elsewhere; the
        # certificate is still the host's.
        pinned = parts.copy_with(host=address)
        request = client.build_request(
            "GET",
            pinned,
            headers={**everything, "Host": parts.netloc.decode("ascii")},
            extensions={"sni_hostname": parts.raw_host.decode("ascii"), "trace": wire.trace},
        )
        # Every read has its own limit, but a head that comes letter by letter would keep within it for ever.
        clock = threading.Timer(manners.head, wire.cut)
        clock.daemon = True
        clock.start()
        try:
            response = client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failure = error
            if cancel is not None and cancel.is_set():
                break
            continue
        finally:
            clock.cancel()
        stack.callback(response.close)
        return response
    raise failure


def _family(url: str, host: str, manners: Manners) -> tuple[str, float]:
    """What takes turns together, the hosts of one polite domain or else one server, and how far apart (seconds)."""
    for polite in manners.polite_hosts:
        if host == polite or host.endswith("." + polite):
            return polite, manners.spacing
    return urlsplit(url).netloc.lower(), manners.pause


def _through_proxy(url: str, host: str) -> bool:
    """Whether the person's environment sends this through a proxy, which then looks the name up itself."""
    proxy = urllib.request.getproxies().get(urlsplit(url).scheme)
    return bool(proxy) and not urllib.request.proxy_bypass(host) and not _is_literal(host)


def _resolved(url: str, host: str, manners: Manners) -> list[str]:
    port = urlsplit(url).port or (443 if url.startswith("https") else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreachableError(f"{host} cannot be found.", OFFLINE_REMEDY) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    allowed = [one for one in addresses if is_public(one) or (manners.loopback and one in ("127.0.0.1", "::1"))]
    if not allowed:
        raise FetchError(f"{host} is not on the public internet.", "Only public addresses are fetched.", "unsafe")
    return allowed[:4]


def _is_literal(host: str) -> bool:
    return host.replace(".", "").isdigit() or ":" in host or host == "localhost" or host.endswith(".localhost")


@functools.cache
def user_agent() -> str:
    """How we name ourselves to servers: program, version and, where the package tells one, its home page."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        pages = metadata("cs229tui").get_all("Project-URL") or []
    except PackageNotFoundError:
        pages = []
    home = next((page.split(",", 1)[1].strip() for page in pages if "," in page), "")
    return f"cs229tui/{__version__} (+{home})" if home else f"cs229tui/{__version__}"


@functools.cache
def _certificates() -> ssl.SSLContext:
    import httpx

    # SSL_CERT_FILE and SSL_CERT_DIR are heeded; a person behind a company's proxy needs them.
    return httpx.create_ssl_context(trust_env=bool(os.environ))
