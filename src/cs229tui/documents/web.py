"""Careful requests: only http and https to public hosts, redirects followed by hand, limits on everything, and good
manners towards arXiv. httpx is imported when the first request is made.
"""

import functools
import os
import socket
import ssl
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlsplit

from cs229tui import __version__
from cs229tui.clean import clean_line
from cs229tui.clock import now
from cs229tui.documents.addresses import is_public
from cs229tui.errors import FetchError

if TYPE_CHECKING:
    import httpx

OFFLINE_REMEDY = "Is there a network? Offline, bring a file in with: cs229tui attach READING FILE."
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class UnreachableError(FetchError):
    """The host cannot be found or reached: most likely there is no network."""


class CutOffError(FetchError):
    """The connection ended before the answer did."""


class CancelledError(FetchError):
    """The person stopped it."""


@dataclass(frozen=True)
class Manners:
    """The limits of a request: bytes, seconds, redirects; and how far apart (seconds) those to `polite_hosts` are.

    `loopback` lets requests reach this machine, which only tests may want.
    """

    largest: int = 200 * 1024 * 1024
    connect: float = 15.0
    read: float = 30.0
    total: float = 1800.0
    redirects: int = 5
    spacing: float = 3.0
    polite_hosts: tuple[str, ...] = ("arxiv.org",)
    loopback: bool = False


@contextmanager
def opened(
    url: str,
    cache: Path,
    manners: Manners,
    headers: Mapping[str, str] | None = None,
    cancel: threading.Event | None = None,
) -> Iterator["httpx.Response"]:
    """The answer to a GET, its body not yet read; `response.extensions["address"]` is the last address asked.

    `cache` holds the file through which all copies of the program take turns at arXiv. Raises `FetchError`.
    """
    seen: list[str] = []
    with ExitStack() as stack:
        wait_for_turn: Callable[[], None] | None = None
        while True:
            _allowed(url, seen, manners)
            host = urlsplit(url).hostname or ""
            proxied = _through_proxy(url, host)
            # Looked up before the wait: without a network there is nothing to wait for.
            addresses = [host] if proxied else _resolved(url, host, manners)
            if any(host == polite or host.endswith("." + polite) for polite in manners.polite_hosts):
                wait_for_turn = wait_for_turn or stack.enter_context(_turn(cache, manners.spacing, cancel))
                wait_for_turn()
            seen.append(url)
            hop = stack.enter_context(ExitStack())
            with explained(host):
                response = _send(url, addresses, proxied, headers or {}, manners, hop)
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
            raise status_error(response, host)
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > largest or time.monotonic() - started > manners.total:
                raise FetchError(f"{host} gives an answer without end.", "Try again later.")
        return bytes(body)


def status_error(response: "httpx.Response", host: str) -> FetchError:
    """What a status that is not success means, and what to do about it."""
    status = response.status_code
    by_hand = "Open it in a browser (o), save it, and attach the file: cs229tui attach READING FILE."
    wait = _retry_after(response.headers.get("retry-after", ""))
    if status == 429 or (status == 503 and wait):
        when = f"in {wait}" if wait else "in some minutes"
        return FetchError(f"{host} asks us to slow down (status {status}).", f"Try again {when}.")
    if status in (401, 402, 403, 407, 451):
        return FetchError(f"{host} does not give it to us (status {status}).", by_hand)
    if status in (404, 410):
        return FetchError(f"{host} no longer has it at that address (status {status}).", by_hand)
    if status >= 500:
        return FetchError(f"{host} has trouble of its own (status {status}).", "Try again later.")
    return FetchError(f"{host} answers with status {status}.", by_hand)


@contextmanager
def explained(host: str) -> Iterator[None]:
    """Turn what httpx and the sockets raise into a `FetchError` that says what happened with `host`."""
    import httpx

    try:
        yield
    except httpx.ConnectTimeout as error:
        raise UnreachableError(f"{host} does not answer.", OFFLINE_REMEDY) from error
    except httpx.TimeoutException as error:
        raise CutOffError(f"{host} stopped sending.", "Try again: it goes on where it can.") from error
    except httpx.ConnectError as error:
        if "SSL" in str(error) or "CERTIFICATE" in str(error):
            why = f"{host} cannot prove who it is: {clean_line(str(error), 200)}."
            raise FetchError(why, "Is the clock right, and nobody between you and it?") from error
        raise UnreachableError(f"{host} cannot be reached: {clean_line(str(error), 120)}.", OFFLINE_REMEDY) from error
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.CloseError) as error:
        raise CutOffError(f"{host} broke the connection off.", "Try again: it goes on where it can.") from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError) as error:
        why = clean_line(str(error), 160) or type(error).__name__
        raise FetchError(f"{host} cannot be asked: {why}.", "Check the address.") from error


def _allowed(url: str, seen: list[str], manners: Manners) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchError(f"{clean_line(url, 200)} is not an address.", "Check it.") from error
    shown = clean_line(url, 200)
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise FetchError(f"{shown} is not an http or https address.", "Only those are fetched.")
    if not all(sign.isalnum() or sign in ".-_:" for sign in parts.hostname):
        raise FetchError(f"{shown} is not an address.", "Check it.")
    if parts.username or parts.password:
        raise FetchError("The address carries a name or password.", "Take it out; those are not sent.")
    if url in seen:
        raise FetchError(f"{parts.hostname} sends us round in a circle.", "Open it in a browser (o) instead.")
    if len(seen) > manners.redirects:
        raise FetchError(f"{parts.hostname} redirects us too often.", "Open it in a browser (o) instead.")
    if seen and parts.scheme == "http" and urlsplit(seen[-1]).scheme == "https":
        raise FetchError(f"A secure address leads to an insecure one at {parts.hostname}.", "That is not followed.")


def _send(
    url: str, addresses: list[str], proxied: bool, headers: Mapping[str, str], manners: Manners, stack: ExitStack
) -> "httpx.Response":
    import httpx

    parts = httpx.URL(url)
    everything = {"User-Agent": user_agent(), "Accept-Encoding": "identity", **headers}
    timeout = httpx.Timeout(manners.read, connect=manners.connect)
    client = stack.enter_context(
        httpx.Client(verify=_certificates(), timeout=timeout, trust_env=proxied, follow_redirects=False)
    )
    failure: Exception = UnreachableError(f"{parts.host} cannot be reached.", OFFLINE_REMEDY)
    for address in addresses:
        # We connect to the very address that was checked, so that a second look-up cannot lead elsewhere; the
        # certificate is still the host's.
        pinned = parts.copy_with(host=address)
        request = client.build_request(
            "GET",
            pinned,
            headers={**everything, "Host": parts.netloc.decode("ascii")},
            extensions={"sni_hostname": parts.raw_host.decode("ascii")},
        )
        try:
            response = client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failure = error
            continue
        stack.callback(response.close)
        return response
    raise failure


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
        raise FetchError(f"{host} is not on the public internet.", "Only public addresses are fetched.")
    return allowed[:4]


def _is_literal(host: str) -> bool:
    return host.replace(".", "").isdigit() or ":" in host or host == "localhost" or host.endswith(".localhost")


@contextmanager
def _turn(cache: Path, spacing: float, cancel: threading.Event | None) -> Iterator[Callable[[], None]]:
    """Hold arXiv for ourselves among all copies of the program; calling what is given waits until a request is due."""
    stop = cancel or threading.Event()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        file = (cache / "arxiv.turn").open("a+", encoding="ascii")
    except OSError as error:
        raise FetchError(f"{cache} cannot be written: {error.strerror}.", "Check the folder.") from error
    with file:
        while not locked(file):
            if stop.wait(0.1):
                raise CancelledError("Stopped.")

        def wait() -> None:
            file.seek(0)
            try:
                last = float(file.read(40) or 0)
            except ValueError:
                last = 0.0
            # A clock that was set back must not make us wait for hours.
            if stop.wait(max(0.0, min(spacing, last + spacing - time.time()))):
                raise CancelledError("Stopped.")
            file.truncate(0)
            file.write(f"{time.time():.3f}")
            file.flush()

        yield wait


def locked(file: IO[str] | IO[bytes]) -> bool:
    """Whether we now hold the lock of an open file; it goes when the file is closed."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks: go on without.
        return True
    return True


def _retry_after(value: str) -> str:
    seconds: float | None = None
    if value.strip().isdigit():
        seconds = float(value.strip()[:9])
    elif value:
        try:
            seconds = (parsedate_to_datetime(value) - now()).total_seconds()
        except (ValueError, TypeError):
            return ""
    if seconds is None or seconds < 1:
        return ""
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"


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
