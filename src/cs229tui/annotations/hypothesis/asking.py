"""One request to a Hypothesis server and its answer: the token goes nowhere else, and everything has a limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import msgspec

from cs229tui.annotations.hypothesis.pace import Clock, WallClock, creations, requests
from cs229tui.annotations.hypothesis.wire import Body, Refusal
from cs229tui.clean import clean_line
from cs229tui.documents.fetching.web import body, user_agent
from cs229tui.errors import FetchError, ReportableError, UsageError

if TYPE_CHECKING:
    import httpx

_ACCEPT = "application/vnd.hypothesis.v1+json"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 500, 502, 503, 504})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LOGIN = "Make a new token at {server}/account/developer, then: cs229tui hypothesis login"
Query = Sequence[tuple[str, str | int]]


class HypothesisError(ReportableError):
    """A Hypothesis server did not do what it was asked; `status` is its answer's, 0 where there was none."""

    def __init__(self, what: str, remedy: str = "", status: int = 0) -> None:
        super().__init__(what, remedy)
        self.status = status


class TokenError(HypothesisError):
    """The server does not accept the token, or there is none."""


class UncertainError(HypothesisError):
    """Nobody knows whether the server did what it was asked."""


@dataclass(frozen=True)
class Limits:
    """Seconds to connect, between two pieces of an answer and for all of it; bytes of an answer; how often a request
    is made at most, and the seconds before the second time, which double from then on.
    """

    connect: float = 15.0
    read: float = 30.0
    total: float = 120.0
    largest: int = 32 * 1024 * 1024
    attempts: int = 5
    backoff: float = 1.0
    longest_wait: float = 60.0


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    kind: str
    content: bytes
    wait: float = 0.0


def server_address(given: str) -> str:
    """A server as one names it, `https://hypothes.is`; raises `UsageError` where a token must not go there."""
    text = given.strip().rstrip("/").removesuffix("/api")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, _ = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise UsageError(f"{clean_line(given, 100)} is not an address.", "Check the setting hypothesis.") from error
    plain = host in _LOOPBACK and parts.scheme == "http"
    if not host or parts.username or parts.password or parts.query or parts.fragment or "\\" in text:
        raise UsageError("The setting hypothesis is no address of a server.", "Give one like https://hypothes.is.")
    if parts.scheme != "https" and not plain:
        raise UsageError(f"{host} would be asked without encryption.", "Give an address that begins with https://.")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


class Asking:
    """Makes requests to one server with one token, as fast as the server allows."""

    def __init__(
        self, server: str, token: str = "", *, clock: Clock | None = None, limits: Limits | None = None
    ) -> None:
        import httpx

        self.server = server_address(server)
        self.host = urlsplit(self.server).hostname or ""
        self.clock: Clock = clock or WallClock()
        self.limits = limits or Limits()
        self._token = token
        self._every, self._new = requests(self.clock), creations(self.clock)
        # Nothing of this machine's environment stands between the program and a server on this machine.
        self._client = httpx.Client(
            timeout=httpx.Timeout(self.limits.read, connect=self.limits.connect),
            follow_redirects=False,
            trust_env=self.host not in _LOOPBACK,
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def ask(self, method: str, path: str, query: Query = (), sent: Body | None = None) -> Answer:
        """The answer to a request that may be repeated; raises `HypothesisError`."""
        wait = self.limits.backoff
        for attempt in range(1, self.limits.attempts + 1):
            last = attempt == self.limits.attempts
            try:
                answer = self._once(method, path, query, sent)
            except UncertainError:
                if last:
                    raise
            else:
                if answer.status not in _BUSY or last:
                    return self._checked(answer, path)
                wait = min(max(wait, answer.wait), self.limits.longest_wait)
            self.clock.sleep(wait)
            wait *= 2
        raise AssertionError("a last attempt answers or raises")

    def create(self, path: str, sent: Body) -> Answer:
        """The answer to a request that must not be made twice; raises `UncertainError` where it may have been done."""
        wait = self.limits.backoff
        for attempt in range(1, self.limits.attempts + 1):
            self._new.take()
            answer = self._once("POST", path, (), sent)
            if answer.status != 429 or attempt == self.limits.attempts:
                break
            self.clock.sleep(min(max(wait, answer.wait), self.limits.longest_wait))
            wait *= 2
        if answer.status in _BUSY and answer.status != 429:
            raise UncertainError(
                f"{self.host} is in trouble ({answer.status}).", "Sync again later: it looks first.", answer.status
            )
        return self._checked(answer, path)

    def _once(self, method: str, path: str, query: Query, sent: Body | None) -> Answer:
        import httpx

        url = f"{self.server}/api{path}"
        try:
            for _ in range(6):
                self._every.take()
                answer, location = self._exchange(method, url, query, sent)
                if answer.status not in _REDIRECTS or not location:
                    return answer
                url, query = self._followed(method, url, location), ()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            why = clean_line(self._redacted(str(error)), 120) or "no answer"
            raise _NotSentError(f"{self.host} cannot be reached: {why}.", "Is there a network?") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            what = "does not answer in time" if isinstance(error, httpx.TimeoutException) else "broke off its answer"
            raise UncertainError(f"{self.host} {what}.", "Try again: it goes on where it stopped.") from error
        raise HypothesisError(f"{self.host} sends us round in a circle.", "Check the setting hypothesis.")

    def _exchange(self, method: str, url: str, query: Query, sent: Body | None) -> tuple[Answer, str]:
        headers = {"Accept": _ACCEPT, "Accept-Encoding": "identity", "User-Agent": user_agent()}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        content = None
        if sent is not None:
            content = msgspec.json.encode(sent)
            headers["Content-Type"] = "application/json; charset=utf-8"
        request = self._client.build_request(method, url, params=list(query) or None, headers=headers, content=content)
        deadline = self.clock.now() + self.limits.total
        response = self._client.send(request, stream=True)
        try:
            taken = self._body(response, deadline)
        finally:
            response.close()
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        answer = Answer(response.status_code, kind, taken, _seconds(response.headers))
        return answer, response.headers.get("location", "")

    def _body(self, response: "httpx.Response", deadline: float) -> bytes:
        taken = bytearray()
        try:
            for piece in body(response, self.host):
                taken += piece
                if len(taken) > self.limits.largest:
                    raise HypothesisError(
                        f"{self.host} gives an answer of more than {self.limits.largest // 2**20} MB.",
                        "Nothing of it was taken; sync a single reading.",
                    )
                if self.clock.now() > deadline:
                    raise UncertainError(f"{self.host} does not answer in time.", "Try again later.")
        except FetchError as error:
            raise UncertainError(error.what, error.remedy) from error
        return bytes(taken)

    def _followed(self, method: str, url: str, location: str) -> str:
        """Where a redirect leads: on the same server, or the token would go to another."""
        target = urljoin(url, location)
        try:
            here, there = urlsplit(url), urlsplit(target)
            same = (here.scheme, here.hostname, here.port) == (there.scheme, there.hostname, there.port)
        except ValueError:
            same = False
        if not same or method not in ("GET", "HEAD"):
            shown = clean_line(self._redacted(target), 100)
            raise HypothesisError(
                f"{self.host} sends us on to {shown}, and the token goes nowhere else.",
                "If that is the server's new address, put it into the setting hypothesis.",
            )
        return target

    def _checked(self, answer: Answer, path: str) -> Answer:
        status = answer.status
        if 200 <= status < 300:
            if answer.content and "json" not in answer.kind:
                raise HypothesisError(
                    f"{self.host} answers with a web page, which Hypothesis does not.",
                    "Check the setting hypothesis, and whether the network asks you to log in.",
                    status,
                )
            return answer
        said = self._reason(answer)
        if status == 401:
            raise TokenError(
                f"{self.host} no longer accepts the token{said}.", _LOGIN.format(server=self.server), status
            )
        if status == 403:
            raise HypothesisError(f"{self.host} does not allow that{said}.", "Ask who runs the group.", status)
        if status == 404:
            raise HypothesisError(
                f"{self.host} has no {clean_line(path, 80)}, or you may not see it{said}.",
                "Check the group, and the token: cs229tui hypothesis status",
                status,
            )
        if status == 409:
            raise HypothesisError(f"{self.host} has that already{said}.", "Sync again.", status)
        if status == 429:
            raise HypothesisError(
                f"{self.host} is asked too often.", "Wait a minute; it goes on where it stopped.", status
            )
        if status >= 500:
            raise HypothesisError(
                f"{self.host} is in trouble ({status}){said}.", "Try later; it goes on where it stopped.", status
            )
        raise HypothesisError(f"{self.host} does not accept that ({status}){said}.", "", status)

    def _reason(self, answer: Answer) -> str:
        try:
            said = msgspec.json.decode(answer.content, type=Refusal).reason
        except (msgspec.DecodeError, RecursionError):
            said = ""
        return f": {clean_line(self._redacted(said), 200)}" if said else ""

    def _redacted(self, text: str) -> str:
        return text.replace(self._token, "…") if self._token else text


class _NotSentError(UncertainError):
    """The server was not even reached, so that it certainly did nothing."""


def was_not_sent(error: HypothesisError) -> bool:
    """Whether a request that failed never left."""
    return isinstance(error, _NotSentError)


def _seconds(headers: Mapping[str, str]) -> float:
    try:
        return max(0.0, float(headers.get("retry-after", "0")))
    except ValueError:
        return 0.0
