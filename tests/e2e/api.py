# SPDX-License-Identifier: Apache-2.0
"""The terminal's HTTP API as a program sees it, and an office to try it in:
a network namespace of its own, with any number of addresses, whose processes
see no network but it. Needs root."""

import ctypes
import http.client
import json
import socket
import ssl
import threading

import apispec
import lab

PORT = 4381
PASSWORD = "correct horse"
CLONE_NEWNET = 0x40000000
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def expect(self, status, word=None):
        """Checks the status, that an error is a sentence for a person and a
        word for a program, and returns what the body says."""
        lab.check(self.status == status,
                  f"{status} was due, not {self.status}: {self.body[:300]}")
        kind = self.headers.get("Content-Type", "")
        if status >= 400:
            error = self.json
            lab.check(error["error"].endswith(".") and " " in error["error"],
                      f"no sentence: {error}")
            lab.check(word in (None, error["code"]),
                      f"{word} was due, not {error}")
        return self.json if self.body and "json" in kind else None


class Client:
    """One browser, or one program with a token: keeps its cookie."""

    def __init__(self, host="127.0.0.1", port=PORT, tls=False, source=None,
                 token=None):
        self.host, self.port, self.tls = host, port, tls
        self.source = (source, 0) if source else None
        self.token, self.cookie = token, None

    def connect(self, timeout=60):
        if not self.tls:
            return http.client.HTTPConnection(
                self.host, self.port, timeout=timeout,
                source_address=self.source)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(
            self.host, self.port, timeout=timeout, context=context,
            source_address=self.source)

    def words(self, method, headers):
        """The headers of a request."""
        words = {}
        if self.token:
            words["Authorization"] = f"Bearer {self.token}"
        elif self.cookie:
            words["Cookie"] = f"faxwire={self.cookie}"
        if method not in ("GET", "HEAD") and not self.token:
            words["X-Faxwire"] = "1"
        words.update(headers or {})
        return {k: v for k, v in words.items() if v is not None}

    def ask(self, method, path, body=None, headers=None, timeout=60):
        """`body`: octets as they are, anything else as JSON."""
        if not path.startswith("/"):
            path = "/api/v1/" + path
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        link = self.connect(timeout)
        try:
            link.request(method, path, body, self.words(method, headers))
            got = link.getresponse()
            answer = Answer(got.status, got.headers, got.read())
        finally:
            link.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            value = line.split(";")[0].split("=", 1)[1]
            self.cookie = value or None
        # What is no path of the API, or no method, is none of its answers.
        if path.startswith("/api/v1/") and method in METHODS:
            apispec.check(method, path, answer)
        return answer

    def get(self, path, status=200, word=None):
        return self.ask("GET", path).expect(status, word)

    def post(self, path, body=None, status=200, word=None):
        return self.ask("POST", path, body).expect(status, word)

    def put(self, path, body, status=200, word=None):
        return self.ask("PUT", path, body).expect(status, word)

    def patch(self, path, body, status=200, word=None):
        return self.ask("PATCH", path, body).expect(status, word)

    def delete(self, path, status=204, word=None):
        return self.ask("DELETE", path).expect(status, word)

    def sign_in(self, user, password=PASSWORD):
        self.post("session", {"user": user, "password": password})
        return self

    def upload(self, name, octets, resolution=None, status=201):
        path = "documents?name=" + name
        if resolution:
            path += "&resolution=" + resolution
        return self.post(path, octets, status)

    def raw(self, octets, seconds=10):
        """What comes back to these octets until it is closed."""
        with socket.create_connection(
                (self.host, self.port), seconds,
                source_address=self.source) as link:
            link.settimeout(seconds)
            link.sendall(octets)
            out = b""
            try:
                while piece := link.recv(65536):
                    out += piece
            except (socket.timeout, ConnectionResetError):
                pass
            return out


class Events:
    """A reader of /events, in a thread; a context manager."""

    def __init__(self, client):
        self.link = client.connect()
        self.link.request("GET", "/api/v1/events",
                          headers=client.words("GET", None))
        self.response = self.link.getresponse()
        lab.check(self.response.status == 200,
                  f"/events: {self.response.status}")
        self.all, self.checked, self.ended = [], 0, False
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        event = None
        try:
            while line := self.response.readline():
                text = line.decode().rstrip("\n")
                if text.startswith("event: "):
                    event = text[7:]
                elif text.startswith("data: "):
                    self.all.append((event, json.loads(text[6:])))
        except (OSError, ValueError, http.client.HTTPException,
                AttributeError):
            pass
        self.ended = True

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.link.sock:
            self.link.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join(5)
        self.response.close()
        self.link.close()

    def wait(self, event, sentence, test=lambda data: True):
        """The data of the first such event, past ones too."""
        def find():
            while self.checked < len(self.all):
                apispec.event(*self.all[self.checked])
                self.checked += 1
            return next(((d,) for e, d in list(self.all)
                         if e == event and test(d)), None)
        return lab.wait_for(find, sentence)[0]


class Office(lab.Loopback):
    """The usual cast in a namespace that this process moves into."""

    def __enter__(self):
        libc = ctypes.CDLL(None, use_errno=True)
        lab.check(libc.unshare(CLONE_NEWNET) == 0,
                  "network namespaces need root")
        lab.run("ip", "link", "set", "lo", "up")
        return super().__enter__()

    def two_with_pages(self):
        """A relay, ana with a page at PORT, ben with one at PORT + 1."""
        relay = self.relay()
        ana = self.terminal("a", "ana", relay.account("ana"),
                            ["--page", f"127.0.0.1:{PORT}"])
        ben = self.terminal("b", "ben", relay.account("ben"),
                            ["--page", f"127.0.0.1:{PORT + 1}"])
        return relay, ana.wait_online(), ben.wait_online()


def hire(terminal, user, *roles, password=PASSWORD):
    """Makes a user by command."""
    words = [w for role in roles for w in ("--role", role)]
    lab.run(lab.FAXWIRE, "--home", terminal.home, "user", "add", user, *words,
            input=password + "\n")


def ticket(terminal):
    """What `faxwire page` prints, without the address."""
    return terminal.faxwire("page").stdout.strip().split("#ticket=")[1]


def local(terminal, port=PORT):
    """A browser on the machine itself: it may do everything."""
    client = Client(port=port)
    client.post("session", {"ticket": ticket(terminal)})
    return client
