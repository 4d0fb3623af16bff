# SPDX-License-Identifier: Apache-2.0
"""What strangers, and terminals that are up to no good, do to a relay.

usage: attacker.py DEED RELAY-ADDRESS SECONDS [SOURCE-ADDRESS]... [URL]...

Runs on Debian's python3 with python3-openssl: SCRAM needs what TLS exports.
"""

import base64
import contextlib
import hashlib
import hmac
import os
import re
import socket
import struct
import sys
import time

from OpenSSL import SSL

PORT = 4380
HELLO, AUTH, PING, CONNECT, ACCEPT, DATA = 1, 2, 5, 0x10, 0x12, 0x17
WELCOME, INCOMING, CONNECTED, FAILED = 3, 0x11, 0x15, 0x16
END, RELEASE = 0x18, 0x19


def field(tag, value):
    return struct.pack(">BH", tag, len(value)) + value


def frame(kind, payload=b""):
    return struct.pack(">BBH", kind, 0, len(payload)) + payload


class Line:
    """One connection, at whatever stage."""

    def __init__(self, relay, source=None):
        self.buffer = b""
        bind = (source, 0) if source else None
        self.socket = socket.create_connection((relay, PORT), 5, bind)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_alpn_protos([b"faxwire/1"])
        self.tls = SSL.Connection(context, self.socket)
        self.socket.settimeout(None)
        self.tls.set_connect_state()
        self.tls.do_handshake()

    def say(self, kind, payload=b""):
        self.tls.sendall(frame(kind, payload))

    def hear(self):
        while len(self.buffer) < 4 or len(self.buffer) < 4 + self.length():
            self.buffer += self.tls.recv(16384)
        kind, length = self.buffer[0], self.length()
        payload = self.buffer[4:4 + length]
        self.buffer = self.buffer[4 + length:]
        return kind, payload

    def length(self):
        return struct.unpack(">H", self.buffer[2:4])[0]

    def greet(self):
        self.say(HELLO, field(1, b"\1") + field(2, b"\1"))
        self.hear()

    def auth(self, user, secret, place):
        """SCRAM-SHA-256-PLUS; what the relay says at the end."""
        header = b"p=tls-exporter,,"
        nonce = base64.b64encode(os.urandom(12))
        first = b"n=" + user + b",r=" + nonce
        self.say(AUTH, field(1, header + first) + field(2, user) +
                 field(3, b"SCRAM-SHA-256-PLUS") + field(4, place))
        kind, payload = self.hear()
        if kind != AUTH:
            return kind
        answer = payload[3:]
        parts = dict(p.split(b"=", 1) for p in answer.split(b","))
        salted = hashlib.pbkdf2_hmac("sha256", secret,
                                     base64.b64decode(parts[b"s"]),
                                     int(parts[b"i"]))
        binding = self.tls.export_keying_material(
            b"EXPORTER-Channel-Binding", 32, b"")
        final = (b"c=" + base64.b64encode(header + binding) + b",r=" +
                 parts[b"r"])
        whole = first + b"," + answer + b"," + final

        def mac(key, text):
            return hmac.new(key, text, "sha256").digest()
        key = mac(salted, b"Client Key")
        signature = mac(hashlib.sha256(key).digest(), whole)
        proof = bytes(a ^ b for a, b in zip(key, signature))
        self.say(AUTH, field(1, final + b",p=" + base64.b64encode(proof)))
        return self.hear()[0]


def log_in(relay, url, source=None):
    user, secret = re.match(r"faxwire://([^:]+):([^@]+)@", url).groups()
    line = Line(relay, source)
    line.greet()
    kind = line.auth(user.encode(), secret.encode(), hashlib.sha256(
        user.encode()).digest()[:16])
    if kind != WELCOME:
        raise OSError(f"no login: {kind}")
    return line


def ever(seconds, deed):
    """Does it again and again, whatever comes of it."""
    end = time.monotonic() + seconds
    times = 0
    while time.monotonic() < end:
        with contextlib.suppress(OSError, SSL.Error):
            deed()
        times += 1
        time.sleep(0.001)
    print(times, flush=True)


def hold(relay, seconds, sources, each, words=()):
    """Keeps `each` connections from every address, and says one of the words
    on each twice a second, then the last again."""
    end = time.monotonic() + seconds
    open_ones, said = [], {}
    while time.monotonic() < end:
        for source in sources:
            mine = [s for s, a in open_ones if a == source]
            for _ in range(min(20, each - len(mine))):
                s = socket.socket()
                s.setblocking(False)
                s.bind((source, 0))
                s.connect_ex((relay, PORT))
                open_ones.append((s, source))
                said[s] = 0
        alive = []
        for s, source in open_ones:
            try:
                if words:
                    s.send(words[min(said[s], len(words) - 1)])
                    said[s] += 1
                gone = not s.recv(1)
            except BlockingIOError:
                gone = False
            except OSError:
                gone = True
            if gone:
                s.close()
            else:
                alive.append((s, source))
        open_ones = alive
        time.sleep(0.5)
    print(len(open_ones), flush=True)


# --- the deeds ---

def slow_handshakes(relay, seconds, sources, _):
    # A record that begins well, and goes on octet by octet.
    hold(relay, seconds, sources[:5], 90, [b"\x16\x03\x01\x3f\xff", b"\1"])


def half_open(relay, seconds, sources, _):
    hold(relay, seconds, sources, 95)


def arrivals(relay, seconds, sources, _):
    def deed():
        socket.create_connection((relay, PORT), 1, (sources[0], 0)).close()
    ever(seconds, deed)


def guesses(relay, seconds, sources, urls):
    user = re.match(r"faxwire://([^:]+)", urls[0]).group(1).encode()
    turn = iter(range(1 << 30))

    def deed():
        line = Line(relay, sources[next(turn) % len(sources)])
        line.greet()
        line.auth(user, b"guess", os.urandom(16))
    ever(seconds, deed)


def oversized(relay, seconds, sources, _):
    turn = iter(range(1 << 30))

    def deed():
        line = Line(relay, sources[next(turn) % len(sources)])
        line.greet()
        line.tls.sendall(b"\2\0\xff\xff" + bytes(100000))
        line.hear()
    ever(seconds, deed)


def fields(payload):
    found = {}
    while payload:
        tag, length = struct.unpack(">BH", payload[:3])
        found[tag] = payload[3:3 + length]
        payload = payload[3 + length:]
    return found


def rings(relay, seconds, sources, urls):
    """Calls one after the other, and hangs up whatever answers."""
    line = log_in(relay, urls[0], sources[1])
    numbers = iter(range(1, 1 << 30))

    def deed():
        n = next(numbers)
        line.say(CONNECT, field(1, struct.pack(">I", n)) +
                 field(2, b"idle%d" % (n % 100)) +
                 field(16, struct.pack(">I", 1)))
        kind, payload = line.hear()
        while kind not in (CONNECTED, FAILED):
            kind, payload = line.hear()
        if kind == CONNECTED:
            line.say(END, field(1, bytes(2)))
            line.say(RELEASE, field(1, fields(payload)[2]))
    ever(seconds, deed)


def stray(relay, seconds, sources, urls):
    def deed():
        line = log_in(relay, urls[0], sources[2])
        line.say(DATA, bytes(1000))
        line.hear()
    ever(seconds, deed)


def pings(relay, seconds, sources, urls):
    def deed():
        line = log_in(relay, urls[0], sources[3])
        many = frame(PING, field(1, bytes(4))) * 200
        for _ in range(1000):
            line.tls.sendall(many)
    ever(seconds, deed)


def deaf(relay, seconds, sources, urls):
    """The second URL's terminal takes the first one's call and reads nothing
    any more; the first pumps."""
    def deed():
        callee, caller = (log_in(relay, url, sources[4])
                          for url in (urls[1], urls[0]))
        name = re.match(r"faxwire://([^:]+)", urls[1]).group(1).encode()
        caller.say(CONNECT, field(1, bytes(4)) + field(2, name) +
                   field(16, struct.pack(">I", 1)))
        kind, payload = callee.hear()
        if kind != INCOMING:
            raise OSError("no call")
        callee.say(ACCEPT, payload[:11] + field(16, struct.pack(">I", 1)))
        caller.socket.setblocking(False)
        data = frame(DATA, bytes(16000))
        while True: # until the relay has enough of it
            try:
                caller.tls.send(data)
            except SSL.WantWriteError: # and the same octets again
                time.sleep(0.1)
    ever(seconds, deed)


def main():
    deed, relay, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    rest = sys.argv[4:]
    urls = [word for word in rest if word.startswith("faxwire://")]
    sources = [word for word in rest if word not in urls]
    globals()[deed.replace("-", "_")](relay, seconds, sources, urls)


main()
