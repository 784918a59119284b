"""A Hypothesis server on this machine, which behaves as the real one is documented to, or as badly as a test says.

After hypothesis/h: h/schemas/annotation.py, h/search/query.py, h/services/annotation_json.py and annotation_write.py,
conf/nginx.conf. What is sent is checked with a JSON Schema of its constraints, annotations/hypothesis_schema.json.
"""

import base64
import json
import random
import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

TOKEN = "6879-token-of-mei"
MEI = "acct:mei@hypothes.is"
SAM = "acct:sam@hypothes.is"
PROTECTED = ("created", "updated", "user", "id", "links", "flagged", "hidden", "moderation", "user_info", "mentions")
Fault = Callable[[BaseHTTPRequestHandler], bool]


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.moment = 0.0
        self.slept = 0.0

    def now(self) -> float:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += seconds
        self.slept += seconds


@dataclass
class Bucket:
    """nginx's limit_req: an excess that drains at `rate`, and may be `burst`."""

    rate: float
    burst: int
    excess: float = 0.0
    last: float | None = None

    def refuses(self, now: float) -> bool:
        drained = 0.0 if self.last is None else (now - self.last) * self.rate
        excess = max(0.0, self.excess - drained) + (0.0 if self.last is None else 1.0)
        if excess > self.burst + 1e-6:
            return True
        self.excess, self.last = excess, now
        return False


@dataclass
class Group:
    """A group and who is in it."""

    id: str
    name: str
    type: str = "private"
    members: set[str] = field(default_factory=set)


class FakeHypothesis:
    """The server. `rows` are the annotations as the API gives them, by id; `asked` is what came in."""

    def __init__(self, clock: FakeClock | None = None, limited: bool = False) -> None:
        self.clock = clock or FakeClock()
        self.limited = limited
        self.rows: dict[str, dict[str, Any]] = {}
        self.tokens = {TOKEN: MEI}
        self.groups = {
            "__world__": Group("__world__", "Public", "open"),
            "8JmD3iz1": Group("8JmD3iz1", "CS 229br", members={MEI, SAM}),
        }
        self.same: dict[str, str] = {}
        self.unindexed: set[str] = set()
        self.index_lag = 0
        self.flagged: list[str] = []
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.refused = 0
        self.last_sent = b""
        self.faults: list[Fault] = []
        self.time = datetime(2026, 11, 1, 12, tzinfo=UTC)
        self.step = timedelta(milliseconds=7)
        self.every, self.creations = Bucket(4, 44), Bucket(4, 8)
        self._lock = threading.RLock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One piece for head and body: two would wait for each other's receipts.
            wbufsize = 1 << 16
            disable_nagle_algorithm = True

            def handle_any(self) -> None:
                outer.handle(self)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """Nothing: the test's own output is enough."""

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Clients that leave early are what is tested here."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    # What others do, in their browsers.

    def add(self, user: str = SAM, *, at: datetime | None = None, **fields: Any) -> dict[str, Any]:
        """An annotation that somebody makes; returns its row."""
        made = at or self._tick()
        row = {
            "id": new_id(),
            "created": made.isoformat(),
            "updated": made.isoformat(),
            "user": user,
            "user_info": {"display_name": user[5:].split("@")[0].capitalize()},
            "uri": "https://arxiv.org/pdf/1607.00133",
            "text": "",
            "tags": [],
            "group": "8JmD3iz1",
            "hidden": False,
            "flagged": False,
            "document": {"title": ["A paper"]},
            "moderation_status": "APPROVED",
        } | fields
        row.setdefault("permissions", _permissions(row, shared=True))
        row.setdefault("target", [{"source": row["uri"]}])
        row.setdefault(
            "links", {"html": f"{self.url}/a/{row['id']}", "json": f"{self.url}/api/annotations/{row['id']}"}
        )
        self.rows[row["id"]] = row
        return row

    def change(self, id: str, **fields: Any) -> None:
        """An annotation that its author edits."""
        self.rows[id] |= fields | {"updated": self._tick().isoformat()}

    def join_uris(self, *uris: str) -> None:
        """Let the server know that these are one document."""
        first = _normal(uris[0])
        for uri in uris:
            self.same[_normal(uri)] = self._root(first)

    def _root(self, uri: str) -> str:
        while self.same.get(uri, uri) != uri:
            uri = self.same[uri]
        return uri

    def _tick(self) -> datetime:
        self.time += self.step
        return self.time

    # What it answers.

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length", "0"))
        sent = handler.rfile.read(length) if length else b""
        with self._lock:
            headers = {name.lower(): value for name, value in handler.headers.items()}
            self.asked.append((handler.command, handler.path, headers))
            self.last_sent = sent
            if self.limited and self._limits(handler):
                self.refused += 1
                answer(handler, 429, {"status": "failure", "reason": "Request rate limit exceeded"})
                return
            for fault in self.faults:
                if fault(handler):
                    return
            parts = urlsplit(handler.path)
            query = parse_qsl(parts.query, keep_blank_values=True)
            status, body = self.reply(handler.command, unquote(parts.path), query, sent, self._user(headers))
        answer(handler, status, body)

    def _limits(self, handler: BaseHTTPRequestHandler) -> bool:
        moment = self.clock.now()
        posting = handler.command == "POST" and urlsplit(handler.path).path == "/api/annotations"
        return (posting and self.creations.refuses(moment)) or (not posting and self.every.refuses(moment))

    def _user(self, headers: dict[str, str]) -> str | None:
        return self.tokens.get(headers.get("authorization", "").removeprefix("Bearer "))

    def reply(
        self, method: str, path: str, query: list[tuple[str, str]], sent: bytes, user: str | None
    ) -> tuple[int, Any]:
        way = [step for step in path.removeprefix("/api").split("/") if step]
        if not way:
            return 200, {"links": {"search": {"method": "GET"}, "annotation": {"create": {}}}}
        if way == ["profile"]:
            return 200, {"userid": user, "user_info": {"display_name": "Mei"}, "preferences": {}, "features": {}}
        if way == ["profile", "groups"]:
            own = [one for one in self.groups.values() if user in one.members or one.type == "open"]
            return 200, [{"id": one.id, "name": one.name, "type": one.type} for one in own]
        if way[0] == "groups":
            return self._groups(method, way, query, sent, user)
        if way == ["search"]:
            return self._search(query, user)
        if way == ["annotations"] and method == "POST":
            return self._create(sent, user)
        if way[0] == "annotations":
            return self._one(method, way, sent, user)
        return _missing()

    def _groups(
        self, method: str, way: list[str], query: list[tuple[str, str]], sent: bytes, user: str | None
    ) -> tuple[int, Any]:
        if method == "POST" and user:
            name = json.loads(sent)["name"]
            if not 3 <= len(name) <= 25:
                return 400, {"status": "failure", "reason": "name: too long or too short"}
            made = Group(base64.urlsafe_b64encode(name.encode())[:8].decode(), name, members={user})
            self.groups[made.id] = made
            return 200, {"id": made.id, "name": made.name, "type": made.type}
        if len(way) == 1:
            return 200, [{"id": one.id, "name": one.name, "type": one.type} for one in self.groups.values()]
        group = self.groups.get(way[1])
        if group is None or not self._reads(user, way[1]):
            return _missing()
        if way[2:] == ["members"]:
            asked = dict(query)
            number, size = int(asked.get("page[number]", 1)), min(100, int(asked.get("page[size]", 20)))
            names = sorted(group.members)[(number - 1) * size : number * size]
            data = [
                {"userid": one, "username": one[5:].split("@")[0], "display_name": None, "roles": ["member"]}
                for one in names
            ]
            return 200, {"meta": {"page": {"total": len(group.members)}}, "data": data}
        return 200, {"id": group.id, "name": group.name, "type": group.type}

    def _reads(self, user: str | None, group: str) -> bool:
        known = self.groups.get(group)
        return known is not None and (known.type != "private" or user in known.members)

    def _sees(self, user: str | None, row: dict[str, Any]) -> bool:
        shared = row["permissions"]["read"][0].startswith("group:")
        return row["user"] == user or (shared and self._reads(user, row["group"]))

    def _search(self, query: list[tuple[str, str]], user: str | None) -> tuple[int, Any]:
        asked: dict[str, list[str]] = {}
        for name, value in query:
            asked.setdefault(name, []).append(value)
        one = {name: values[-1] for name, values in asked.items()}
        sort = one.get("sort", "updated")
        if sort not in ("created", "updated", "group", "id", "user"):
            return 400, {"status": "failure", "reason": "sort: is not one of created, updated, group, id, user"}
        limit = min(200, int(one.get("limit", 20)))
        if self.unindexed and self.index_lag <= 0:
            self.unindexed.clear()
        self.index_lag -= 1
        uris = {self._root(_normal(uri)) for uri in asked.get("uri", []) + asked.get("url", [])}
        found = [
            row
            for row in self.rows.values()
            if self._sees(user, row)
            and row["id"] not in self.unindexed
            and (not (row["hidden"] and row["user"] != user) or one.get("_moderator"))
            and ("group" not in asked or row["group"] in asked["group"])
            and (not uris or self._root(_normal(row["uri"])) in uris)
            and ("user" not in one or row["user"] == one["user"])
            and ("references" not in one or one["references"] in row.get("references", []))
        ]
        total = len(found)
        # Annotations of one moment come in any order, and in another one next time.
        random.Random(len(self.asked)).shuffle(found)
        found.sort(key=lambda row: _sort_value(row, sort), reverse=one.get("order", "desc") == "desc")
        after = one.get("search_after")
        if after:
            bound = _parsed(after, sort)
            descending = one.get("order", "desc") == "desc"
            found = [
                row
                for row in found
                if (_sort_value(row, sort) < bound if descending else _sort_value(row, sort) > bound)
            ]
        else:
            found = found[min(9800, int(one.get("offset", 0))) :]
        return 200, {"total": total, "rows": [self._shown(row, user) for row in found[:limit]]}

    def _shown(self, row: dict[str, Any], user: str | None) -> dict[str, Any]:
        return row | {"text": "", "tags": []} if row["hidden"] and row["user"] != user else row

    def _create(self, sent: bytes, user: str | None) -> tuple[int, Any]:
        if user is None:
            return _missing()
        body, wrong = _valid(sent)
        if wrong or not str(body.get("uri", "")).strip():
            return 400, {"status": "failure", "reason": wrong or "uri: 'uri' is a required property"}
        references = body.pop("references", [])
        group = body.pop("group", "__world__")
        if references:
            if references[0] not in self.rows:
                return 400, {"status": "failure", "reason": f"references.0: Annotation {references[0]} does not exist"}
            group = self.rows[references[0]]["group"]
        if not self._reads(user, group) or group not in self.groups:
            return 400, {"status": "failure", "reason": "group: You may not create annotations in the specified group!"}
        shared = body.pop("permissions", {}).get("read") == [f"group:{group}"]
        document = body.pop("document", {})
        links = [link["href"] for link in document.get("link", [])]
        links += [f"doi:{one.removeprefix('doi:')}" for one in document.get("dc", {}).get("identifier", [])]
        self.join_uris(body["uri"], *links)
        target = (body.pop("target", None) or [{}])[0]
        row = self.add(
            user,
            uri=body.pop("uri").strip(),
            text=body.pop("text", ""),
            tags=body.pop("tags", []),
            group=group,
            document={"title": document.get("title", [])[:1]},
            **{name: value for name, value in body.items() if name not in PROTECTED},
        )
        row["permissions"] = _permissions(row, shared)
        row["target"] = [{"source": row["uri"], "selector": target.get("selector", [])}]
        if references:
            row["references"] = references
        if self.index_lag > 0:
            self.unindexed.add(row["id"])
        return 200, row

    def _one(self, method: str, way: list[str], sent: bytes, user: str | None) -> tuple[int, Any]:
        row = self.rows.get(way[1])
        if row is None or not self._sees(user, row):
            return _missing()
        if way[2:] == ["flag"] and method == "PUT":
            self.flagged.append(row["id"])
            return 204, None
        if method == "GET":
            return 200, self._shown(row, user)
        if row["user"] != user:
            return _missing()
        if method == "DELETE":
            del self.rows[row["id"]]
            return 200, {"id": row["id"], "deleted": True}
        body, wrong = _valid(sent)
        if wrong:
            return 400, {"status": "failure", "reason": wrong}
        for name in (*PROTECTED, "group", "groupid", "userid", "references", "document"):
            body.pop(name, None)
        if "permissions" in body:
            body["permissions"] = _permissions(row, body["permissions"]["read"] == [f"group:{row['group']}"])
        if "target" in body:
            body["target"] = [{"source": row["uri"], "selector": body["target"][0].get("selector", [])}]
        self.change(row["id"], **body)
        return 200, self.rows[row["id"]]


def new_id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def answer(handler: BaseHTTPRequestHandler, status: int, body: Any, kind: str = "application/json") -> None:
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    if content:
        handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def quote(exact: str, prefix: str = "", suffix: str = "", page: int | None = None) -> list[dict[str, Any]]:
    """A target as the browser client makes one in a PDF."""
    selector: list[dict[str, Any]] = [{"type": "TextPositionSelector", "start": 40, "end": 40 + len(exact)}]
    selector.append({"type": "TextQuoteSelector", "exact": exact, "prefix": prefix, "suffix": suffix})
    if page is not None:
        selector.append({"type": "PageSelector", "index": page - 1, "label": str(page)})
    return [{"source": "https://arxiv.org/pdf/1607.00133", "selector": selector}]


def _permissions(row: dict[str, Any], shared: bool) -> dict[str, list[str]]:
    own = [row["user"]]
    return {"read": [f"group:{row['group']}"] if shared else own, "update": own, "delete": own, "admin": own}


def _missing() -> tuple[int, Any]:
    return 404, {
        "status": "failure",
        "reason": "Either the resource you requested doesn't exist, or you are not allowed",
    }


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    schema = Path(__file__).with_name("annotations") / "hypothesis_schema.json"
    return Draft202012Validator(json.loads(schema.read_text("utf-8")))


def _valid(sent: bytes) -> tuple[dict[str, Any], str]:
    try:
        body = json.loads(sent)
    except ValueError:
        return {}, "Expecting JSON"
    wrong = next(iter(_validator().iter_errors(body)), None)
    if wrong is not None:
        return {}, f"{'.'.join(map(str, wrong.path))}: {wrong.message}"[:300]
    # The real server encodes these words, which it cannot if half of a character is missing.
    json.dumps(body, ensure_ascii=False).encode()
    return body, ""


def _sort_value(row: dict[str, Any], sort: str) -> Any:
    value = row[sort]
    return int(datetime.fromisoformat(value).timestamp() * 1000) if sort in ("created", "updated") else value


def _parsed(after: str, sort: str) -> Any:
    if sort not in ("created", "updated"):
        return after
    try:
        return float(after)
    except ValueError:
        return datetime.fromisoformat(after).timestamp() * 1000


def _normal(uri: str) -> str:
    """About what the server makes of an address before it compares it."""
    text = re.sub("^https?://", "httpx://", uri.strip()).split("#")[0].rstrip("/")
    return re.sub(r"[?&]utm_\w+=[^&]*", "", text)
