"""The fetcher before servers that lie, drip, loop and lead astray; all of them on this machine."""

import asyncio
import gzip
import socket
import socketserver
import ssl
import subprocess
import threading
import time
import warnings

import httpcore
import pytest

from extractor.crawl import fetch
from extractor.crawl.fetch import Fetcher, Reach, forbidden, user_agent
from extractor.errors import FetchError
from replica.tools import needs

HERE = Reach(allow_loopback=True)


def reply(body=b"<html>", *headers, status="200 OK", length=None):
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(body) if length is None else length}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def to(location, status="302 Found"):
    return reply(b"", f"Location: {location}", status=status)


class Server(socketserver.ThreadingTCPServer):
    """Answers each path with bytes, or with pieces as they are made; remembers what it was asked."""

    allow_reuse_address = True
    daemon_threads = True
    context = None

    def __init__(self, address="127.0.0.1"):
        super().__init__((address, 0), None)
        self.answers, self.asked, self.connections = {}, [], 0
        self.port = self.server_address[1]
        self.url = f"http://{address}:{self.port}"

    def finish_request(self, request, client_address):
        self.connections += 1
        try:
            if self.context:
                request = self.context.wrap_socket(request, server_side=True)
            with request, request.makefile("rb") as reader:
                head = []
                while line := reader.readline().decode("latin-1").strip():
                    head.append(line)
                if not head:
                    return
                path = head[0].split()[1]
                self.asked.append((path, dict(line.lower().split(": ", 1) for line in head[1:])))
                answer = self.answers.get(path, reply(b"", status="404 Not Found"))
                for piece in [answer] if isinstance(answer, bytes) else answer():
                    request.sendall(piece)
        except OSError:
            self.asked.append(("the client went away", {}))

    @property
    def paths(self):
        return [path for path, _ in self.asked if path.startswith("/")]


@pytest.fixture
def server():
    with Server() as one:
        threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True).start()
        yield one
        one.shutdown()


def get(url, reach=HERE, **options):
    async def once():
        fetcher = Fetcher(reach)
        try:
            return await fetcher.get(url, **options)
        finally:
            await fetcher.close()

    return asyncio.run(once())


def reason(url, reach=HERE, **options):
    with pytest.raises(FetchError) as caught:
        get(url, reach, **options)
    assert str(caught.value)
    return caught.value.reason


def test_a_page_is_kept_as_it_came_over_the_wire(server):
    packed = gzip.compress(b"<html>" * 100)
    server.answers["/x"] = reply(packed, "Content-Type: text/html", "Content-Encoding: gzip", status="200 Rat tot")

    exchange = get(f"{server.url}/x")

    assert exchange.body == packed
    assert (exchange.status, exchange.reason, exchange.remote_ip) == (200, "Rat tot", "127.0.0.1")
    assert dict(exchange.headers)["content-encoding"] == "gzip"
    assert exchange.fetched_at.tzinfo is not None
    assert (
        dict(exchange.request_headers)["user-agent"]
        == user_agent(None)
        == server.asked[0][1]["user-agent"].replace("readme", "README")
    )


@pytest.mark.parametrize("stated", ["", "you@example.org", "bà Hoa\r\nX-Evil: 1", "\x00\x7f"])
def test_a_contact_is_told_and_ends_no_header(stated):
    told = user_agent(stated)

    assert told.startswith("mttq-extractor/")
    assert ("you@example.org" in told) == (stated == "you@example.org")
    assert told.isascii()
    assert told.isprintable()


def test_a_chunked_body_is_put_together_and_its_framing_not_kept(server):
    server.answers["/x"] = lambda: [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"3\r\nabc\r\n",
        b"2\r\nde\r\n0\r\n\r\n",
    ]

    exchange = get(f"{server.url}/x")

    assert exchange.body == b"abcde"
    assert "transfer-encoding" not in dict(exchange.headers)


def test_conditions_are_asked_and_not_modified_is_an_answer(server):
    server.answers["/x"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"

    exchange = get(
        f"{server.url}/x", conditions={"If-None-Match": '"v1"', "If-Modified-Since": "Mon, 01 Sep 2025 01:00:00 GMT"}
    )

    assert (exchange.status, exchange.body) == (304, b"")
    assert server.asked[0][1]["if-none-match"] == '"v1"'
    assert server.asked[0][1]["if-modified-since"] == "mon, 01 sep 2025 01:00:00 gmt"


def test_the_archive_learns_how_a_page_was_reached(server):
    server.answers |= {"/a": to("/b"), "/b": reply()}

    direct, moved = get(f"{server.url}/b"), get(f"{server.url}/a")

    assert [name for name, _ in direct.conditions] == ["fetchTimeMs"]
    assert dict(moved.conditions)["via"] == f"{server.url}/a"
    assert moved.url == f"{server.url}/b"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_five_redirects_are_followed_and_no_sixth(server, status):
    server.answers |= {f"/{n}": to(f"{n + 1}", status) for n in range(9)}
    server.answers["/5"] = reply(b"there")

    assert get(f"{server.url}/0").body == b"there"
    server.answers["/5"] = to("/6", status)
    assert reason(f"{server.url}/0") == "redirects"
    assert "/6" not in server.paths


def test_a_loop_ends(server):
    server.answers |= {"/a": to("/b"), "/b": to("/a")}

    assert reason(f"{server.url}/a") == "redirects"
    assert len(server.paths) == 6


@pytest.mark.parametrize(
    "location",
    ["http://other.example/", "//other.example/x", "file:///etc/passwd", "https://127.0.0.2/", "gopher://127.0.0.1/"],
)
def test_no_redirect_leads_off_the_sites(server, location):
    server.answers["/a"] = to(location)

    assert reason(f"{server.url}/a", in_scope=frozenset({"127.0.0.1"})) in {"off_scope", "scheme"}
    assert server.paths == ["/a"]


@pytest.mark.parametrize("location", ["http://[bad/", "http://127.0.0.1:99999/", "http://a.example:x/"])
def test_a_redirect_to_no_address_is_told(server, location):
    server.answers["/a"] = to(location)

    assert reason(f"{server.url}/a") == "protocol"


def test_a_redirect_in_vietnamese_is_followed(server):
    server.answers |= {
        "/a": reply(b"", "Location: /bài viết", status="302 Found"),
        "/b%C3%A0i%20vi%E1%BA%BFt": reply(b"there"),
    }

    exchange = get(f"{server.url}/a")

    assert exchange.body == b"there"
    assert exchange.url.isascii()


def test_each_hop_is_asked_about_before_it_is_followed(server):
    server.answers |= {"/a": to("/b"), "/b": to("/forbidden")}
    hops = []

    async def on_hop(url):
        hops.append(url)
        if "forbidden" in url:
            raise FetchError("robots", url)

    assert reason(f"{server.url}/a", on_hop=on_hop) == "robots"
    assert hops == [f"{server.url}/b", f"{server.url}/forbidden"]
    assert server.paths == ["/a", "/b"]


PRIVATE = [
    "127.0.0.1",
    "127.8.9.1",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "0x7f000001",
    "2130706433",
    "0.0.0.0",
    "127.1",
]


@pytest.mark.parametrize("host", PRIVATE)
def test_this_machine_is_not_reached_by_any_of_its_names(server, host):
    server.answers["/secret"] = reply(b"secret")

    assert reason(f"http://{host}:{server.port}/secret", Reach()) in {"private_address", "dns"}
    assert server.connections == 0


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "[fe80::1]",
        "[fc00::1]",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_permission_for_this_machine_is_none_for_the_network(host):
    assert reason(f"http://{host}/latest/meta-data", HERE) == "private_address"


def test_no_redirect_leads_into_this_machine(server):
    server.answers |= {"/a": to(f"http://127.0.0.1:{server.port}/secret"), "/secret": reply(b"secret")}
    public = Reach(connect_to={"public.example": ("127.0.0.1", server.port)})

    assert reason("http://public.example/a", public) == "private_address"
    assert server.paths == ["/a"]


def test_a_name_of_which_one_address_is_private_is_refused(server, monkeypatch):
    def answers(*_, **__):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, server.port))
            for address in ("203.113.1.1", "127.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", answers)

    assert reason("http://rebinding.example/secret", Reach()) == "private_address"
    assert server.connections == 0


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch):
    resolved, connected = [], []

    def answers(host, *_, **__):
        resolved.append(host)
        address = "203.113.1.1" if len(resolved) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))]

    async def connect(_, host, port, **__):
        connected.append((host, port))
        raise httpcore.ConnectError("not in this test")

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)

    assert reason("http://rebinding.example/", Reach()) == "connect"
    assert (resolved, connected) == (["rebinding.example"], [("203.113.1.1", 80)])


def test_where_one_address_does_not_answer_the_next_does(server, monkeypatch):
    server.answers["/"] = reply(b"there")

    def answers(*_, **__):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, server.port))
            for address in ("127.0.0.3", "127.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", answers)

    assert get(f"http://two.example:{server.port}/").remote_ip == "127.0.0.1"


def test_no_proxy_of_the_environment_is_asked(server, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"{server.url}/proxy")

    assert reason("http://10.0.0.1/", HERE) == "private_address"
    assert server.connections == 0


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("8.8.8.8", True), ("203.113.1.1", True), ("2001:4860:4860::8888", True), ("64:ff9b::808:808", True), ("2002:808:808::1", True),
        ("127.0.0.1", False), ("0.0.0.0", False), ("100.64.0.1", False), ("169.254.169.254", False), ("192.0.2.1", False), ("224.0.0.1", False),
        ("::1", False), ("::", False), ("fe80::1%eth0", False), ("fc00::1", False), ("fec0::1", False), ("ff02::1", False), ("::127.0.0.1", False),
        ("::ffff:10.0.0.1", False), ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("2001:db8::1", False),
    ],
)  # fmt: skip
def test_only_public_addresses_are_public(address, allowed):
    assert (forbidden(address) is None) is allowed


def test_a_body_without_end_is_refused(server, monkeypatch):
    monkeypatch.setattr(fetch, "MAX_WIRE", 300_000)

    def endless():
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield b"x" * 65_536

    server.answers |= {"/endless": endless, "/small": reply(b"x" * 300_000)}

    assert reason(f"{server.url}/endless") == "too_large"
    assert len(get(f"{server.url}/small").body) == 300_000
    assert get(f"{server.url}/endless", keep=1_000).body == b"x" * 1_000


def drip(piece, before=b"HTTP/1.1 200 OK\r\n\r\n"):
    def pieces():
        yield before
        for _ in range(60):
            time.sleep(0.05)
            yield piece

    return pieces


@pytest.mark.parametrize(
    "answer",
    [drip(b"x"), drip(b"X: 1\r\n", before=b"HTTP/1.1 200 OK\r\n"), drip(b"", before=b"")],
    ids=["body", "headers", "silence"],
)
def test_the_whole_page_has_a_deadline(server, monkeypatch, answer):
    monkeypatch.setattr(fetch, "DEADLINE", 0.4)
    server.answers["/slow"] = answer
    began = time.monotonic()

    assert reason(f"{server.url}/slow") == "timeout"
    assert time.monotonic() - began < 1.5


def test_the_deadline_is_one_for_all_redirects(server, monkeypatch):
    monkeypatch.setattr(fetch, "DEADLINE", 0.5)

    def slowly():
        time.sleep(0.2)
        yield to("/again")

    server.answers["/again"] = slowly

    assert reason(f"{server.url}/again") == "timeout"


def test_a_drip_is_told_from_a_slow_page(server, monkeypatch):
    monkeypatch.setattr(fetch, "GRACE", 0.2)
    server.answers |= {"/drip": drip(b"x"), "/slow": drip(b"x" * 500)}

    assert reason(f"{server.url}/drip") == "too_slow"
    assert len(get(f"{server.url}/slow").body) == 30_000


@pytest.mark.parametrize(
    "answer",
    [b"", b"nonsense\r\n\r\n", reply(b"<html>", length=500), b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
     b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nabcdefg", b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 50_000 + b"\r\n"],
    ids=["closed", "nonsense", "short", "chunk_cut", "two_lengths", "many_headers"],
)  # fmt: skip
def test_an_answer_that_is_no_http_is_told(server, answer):
    server.answers["/x"] = answer

    assert reason(f"{server.url}/x") == "protocol"


def test_where_there_is_nobody(server):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert reason(f"http://127.0.0.1:{unused.getsockname()[1]}/") == "connect"
    assert reason("http://no-such-name.invalid/") == "dns"
    assert reason(f"ftp://127.0.0.1:{server.port}/") == "scheme"


@pytest.fixture
def certificate(tmp_path):
    """Give what makes a server's TLS with a certificate for a name, for so many days, signed by nobody but itself."""

    def make(name="a.example", *, days=2, bits=2048):
        key, path = tmp_path / "key.pem", tmp_path / f"{name}.pem"
        subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
        made = ["openssl", "req", "-x509", "-newkey", f"rsa:{bits}", "-nodes", "-keyout", key, "-out", path, *subject]
        subprocess.run([needs("openssl"), *made[1:], "-days", "2"], check=True, capture_output=True)
        if days < 0:
            subprocess.run(["openssl", "x509", "-in", path, "-signkey", key, "-days", str(days), "-out", path], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.load_cert_chain(path, key)
        return context, path

    return make


def over_tls(server, tls=None):
    """Fetch / of a.example over TLS; return the exchange, or the reason why not."""

    async def once():
        fetcher = Fetcher(Reach(connect_to={"a.example": ("127.0.0.1", server.port)}), tls=tls)
        try:
            return await fetcher.get("https://a.example/")
        except FetchError as error:
            return error.reason
        finally:
            await fetcher.close()

    return asyncio.run(once())


@pytest.mark.parametrize(("name", "days"), [("a.example", 2), ("b.example", 2), ("a.example", -1)], ids=["self-signed", "another host's", "expired"])
def test_a_certificate_of_nobody_is_refused_and_taken_only_by_the_site_s_file(server, certificate, name, days):
    server.context, _ = certificate(name, days=days)
    server.answers["/"] = reply(b"secret")

    assert over_tls(server) == "tls"
    assert over_tls(server, {"b.example": "unverified"}) == "tls"
    assert over_tls(server, {"a.example": "legacy"}) == "tls"
    assert server.paths == []
    taken = over_tls(server, {"a.example": "unverified"})
    assert (taken.body, taken.tls) == (b"secret", "unverified")


def test_old_protocols_are_spoken_only_by_the_site_s_file_and_the_certificate_still_checked(server, certificate, monkeypatch):
    server.context, path = certificate(bits=1024)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        server.context.minimum_version, server.context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1
    server.answers["/"] = reply(b"old")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))

    assert over_tls(server) == "tls"
    taken = over_tls(server, {"a.example": "legacy"})
    assert (taken.body, taken.tls) == (b"old", "legacy")
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    assert over_tls(server, {"a.example": "legacy"}) == "tls"


def test_a_downgrade_is_in_the_archive_and_in_the_article_s_row(server, certificate, tmp_path):
    from extractor.archive import ArchiveWriter, read_page_at
    from extractor.clean import clean_page

    server.context, _ = certificate()
    server.answers["/"] = reply(b"<html><body><p>x</p></body></html>", "Content-Type: text/html")
    writer = ArchiveWriter(tmp_path / "archive")
    name, offset, _ = writer.append(over_tls(server, {"a.example": "unverified"}))

    assert clean_page(read_page_at(tmp_path / "archive" / name, offset)).tls_downgrade == "unverified"
    assert b"tlsDowngrade: unverified" in gzip.decompress((tmp_path / "archive" / name).read_bytes())


def test_a_page_that_was_verified_has_no_such_mark(server, certificate, monkeypatch):
    server.context, path = certificate()
    server.answers["/"] = reply(b"fine")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))

    taken = over_tls(server)
    assert (taken.body, taken.tls) == (b"fine", None)


def test_a_form_is_posted_and_a_redirect_after_it_is_asked_for(server):
    server.answers |= {"/form": to("/done", "303 See Other"), "/again": to("/form", "307 Temporary Redirect"), "/done": reply(b"ok")}

    async def once(path):
        fetcher = Fetcher(HERE)
        try:
            return await fetcher.post(server.url + path, "a=1&b=%2B")
        finally:
            await fetcher.close()

    exchange = asyncio.run(once("/again"))

    assert (exchange.body, exchange.method, exchange.request_body) == (b"ok", "GET", b"")
    assert [(path, head.get("content-type")) for path, head in server.asked] == [("/again", "application/x-www-form-urlencoded"), ("/form", "application/x-www-form-urlencoded"), ("/done", None)]


def test_cookies_of_a_host_are_kept_for_it_alone(server):
    server.answers |= {"/in": reply(b"", "Set-Cookie: phien=7; path=/"), "/then": reply()}

    async def both():
        fetcher = Fetcher(Reach(allow_loopback=True, connect_to=dict.fromkeys(("a.example", "b.example"), ("127.0.0.1", server.port))))
        await fetcher.get("http://a.example/in")
        await fetcher.get("http://a.example/then")
        await fetcher.get("http://b.example/then")
        await fetcher.close()

    asyncio.run(both())

    assert [head.get("cookie") for _, head in server.asked] == [None, "phien=7", None]


def test_one_fetcher_serves_again_after_every_failure(server, monkeypatch):
    monkeypatch.setattr(fetch, "DEADLINE", 0.3)
    server.answers |= {"/ok": reply(), "/short": reply(b"<html>", length=500), "/slow": drip(b"x")}

    async def many():
        fetcher = Fetcher(HERE)
        found = []
        for _ in range(4):
            for path in ("/short", "/slow", "/ok"):
                try:
                    found.append((await fetcher.get(server.url + path)).status)
                except FetchError as error:
                    found.append(error.reason)
            with pytest.raises(FetchError):
                await fetcher.get("http://10.0.0.1/")
        await fetcher.close()
        return found

    assert asyncio.run(many()) == ["protocol", "timeout", 200] * 4
