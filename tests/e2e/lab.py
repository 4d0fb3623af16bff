# SPDX-License-Identifier: Apache-2.0
"""Two offices behind real NAT gateways, relays and a stranger between them.

Each host is a network namespace; the gateways masquerade and drop whatever
comes in from outside (nftables). The wide area network is a bridge in a
namespace of its own. Addresses of 198.51.100.0/24 and private ranges are
used inside these namespaces only. Needs root.

        a 192.168.1.2 -- gw-a 198.51.100.11 --+
        b 192.168.2.2 -- gw-b 198.51.100.12 --+-- wan -- relay 198.51.100.1
                      stranger 198.51.100.66 --+

A lab has one relay; one that names more has a host for each of them.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("FAXWIRE_BUILD", ROOT / "build"))
RELAY = BUILD / "src/relay/faxwire-relay"
TERMINAL = BUILD / "src/daemon/faxwire-terminal"
FAXWIRE = BUILD / "src/cli/faxwire"
MAKE_DOCUMENT = ROOT / "tools/make-document"
PATIENCE = 30  # seconds: how long anything may take before a test gives up

RELAY_ADDRESS = "198.51.100.1"
OFFICES = {"a": 1, "b": 2}
GATEWAY_RULES = """
table ip faxwire {
  chain input {
    type filter hook input priority 0; policy accept;
    iifname "wan" ct state established,related accept
    iifname "wan" drop
  }
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state invalid drop
    ct state established,related accept
    iifname "lan" oifname "wan" accept
  }
  chain postrouting {
    type nat hook postrouting priority 100;
    oifname "wan" masquerade
  }
}
"""


class Failure(Exception):
    """A test found what it must not find."""


def check(condition, sentence):
    if not condition:
        raise Failure(sentence)


def run(*words, ok=True, timeout=PATIENCE, **options):
    done = subprocess.run([str(w) for w in words], capture_output=True,
                          text=True, timeout=timeout, **options)
    if ok and done.returncode != 0:
        raise Failure(f"{' '.join(map(str, words))}: exit "
                      f"{done.returncode}\n{done.stdout}{done.stderr}")
    return done


def wait_for(condition, sentence, seconds=PATIENCE):
    """Asks until the answer is true, and returns it."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failure(f"waited {seconds} s in vain: {sentence}")
        time.sleep(0.02)


class Host:
    """One namespace."""

    def __init__(self, name):
        self.name = name
        run("ip", "netns", "add", name)
        self.run("ip", "link", "set", "lo", "up")
        # The system's default may be one that loopback-like paths slow down.
        self.run("sysctl", "-qw", "net.ipv4.tcp_congestion_control=reno")

    def inside(self, *words):
        """The command line that runs these words in here."""
        return ["ip", "netns", "exec", self.name, *map(str, words)]

    def run(self, *words, **options):
        return run(*self.inside(*words), **options)

    def reaches(self, address, port, seconds=1):
        """Whether a TCP connection from here to there can be made."""
        probe = ("import socket, sys; socket.create_connection((sys.argv[1],"
                 " int(sys.argv[2])), float(sys.argv[3]))")
        return self.run(sys.executable, "-c", probe, address, port, seconds,
                        ok=False).returncode == 0

    def start(self, *words, log):
        return subprocess.Popen(self.inside(*words), stdout=log, stderr=log,
                                stdin=subprocess.DEVNULL)

    def address(self, link, address, via=None):
        self.run("ip", "address", "add", address, "dev", link)
        self.run("ip", "link", "set", link, "up")
        if via:
            self.run("ip", "route", "add", "default", "via", via)

    def kill_all(self):
        """Every process in here, the children of daemons too."""
        for process in run("ip", "netns", "pids", self.name,
                           ok=False).stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)

    def remove(self):
        self.kill_all()
        run("ip", "netns", "del", self.name, ok=False)
        shutil.rmtree(pathlib.Path("/etc/netns") / self.name,
                      ignore_errors=True)


class ThisMachine(Host):
    """No namespace: for who may not make one."""

    def __init__(self, name):
        self.name = name

    def inside(self, *words):
        return [*map(str, words)]

    def remove(self):
        pass


class Program:
    """A daemon of ours in a host, with its log."""

    def __init__(self, lab, host, label, words):
        self.host, self.label, self.words = host, label, words
        self.log_path = lab.folder / f"{label}.log"
        self.process = None
        self.start()

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = self.host.start(*self.words, log=log)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def running(self):
        return self.process.poll() is None

    def stop(self, how=signal.SIGTERM):
        """Ends the program and waits until it has gone."""
        if self.process and self.running():
            self.process.send_signal(how)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise Failure(f"{self.label} does not stop")


class Relay(Program):
    def __init__(self, lab, host, address=RELAY_ADDRESS, port=4380,
                 label="relay", options=(), database=None):
        self.data = lab.folder / label
        self.address, self.port = address, port
        self.database = database
        super().__init__(lab, host, label, [
            RELAY, "--data", self.data, "--listen", f"{address}:{port}",
            *self.where(), *options])

    def start(self):
        """Returns when the relay is there."""
        seen = self.log().count("event=ready") if self.process else 0
        super().start()
        wait_for(lambda: self.log().count("event=ready") > seen or
                 not self.running(), "the relay starts")
        check(self.running(), f"the relay stopped: {self.log()}")

    def where(self):
        """Its database, if that is not a file."""
        return ["--database", self.database.url] if self.database else []

    def command(self, *words, **options):
        return self.host.run(RELAY, "--data", self.data, *self.where(),
                             *words, **options)

    def account(self, user, *options):
        """Makes an account and returns its join URL."""
        done = self.command("account", "add", user, *options)
        return done.stdout.strip().splitlines()[-1]

    def peer(self, name):
        """Makes an account for the relay `name`; returns what that one's
        --peer is to say."""
        return f"{self.label}={self.account(name, '--relay')}"

    def status(self):
        return json.loads(self.command("status", "--json").stdout)

    def connections(self, user):
        """How many connections of `user` the relay holds."""
        return sum(t["connections"] for t in self.status()["terminals"]
                   if t["id"] == user)


class Database:
    """A PostgreSQL server, reached through a socket in a folder of its own;
    as another user, for it refuses to be root."""

    bin = pathlib.Path("/usr/lib/postgresql/15/bin")

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="faxwire-sql-"))
        shutil.chown(self.folder, "postgres")
        self.data = self.folder / "data"
        self.url = (f"postgresql:///postgres?host={self.folder}"
                    "&user=faxwire")
        self.process = None
        run(*self.as_postgres("initdb", "-D", self.data, "-A", "trust", "-U",
                              "faxwire", "-N"), timeout=120)
        self.start()

    def as_postgres(self, program, *words):
        return ["runuser", "-u", "postgres", "--", self.bin / program, *words]

    def start(self):
        # setpriv, not runuser: the process that is stopped is the server.
        self.process = subprocess.Popen(
            ["setpriv", "--reuid", "postgres", "--regid", "postgres",
             "--clear-groups", self.bin / "postgres", "-D", self.data, "-k",
             self.folder, "-c", "listen_addresses="],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd="/")
        wait_for(lambda: run(self.bin / "pg_isready", "-q", "-h", self.folder,
                             ok=False).returncode == 0, "the server is up")

    def crash(self):
        """As `pg_ctl stop -m immediate`."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(PATIENCE)

    def query(self, sql):
        return run("psql", "-h", self.folder, "-U", "faxwire", "-AXtc", sql,
                   "postgres").stdout.split()

    def kill(self):
        """As the lab's other processes."""
        if self.process.poll() is None:
            self.crash()

    def wait(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Terminal(Program):
    def __init__(self, lab, host, user, url, options=()):
        self.user, self.home = user, lab.folder / f"home-{user}"
        self.environment = dict(os.environ, FAXWIRE_HOME=str(self.home))
        if url:
            host.run(FAXWIRE, "--home", self.home, "join", url)
        super().__init__(lab, host, f"terminal-{user}", [
            TERMINAL, "--home", self.home, *options])

    def faxwire(self, *words, ok=True, timeout=PATIENCE):
        return self.host.run(FAXWIRE, "--home", self.home, *words, ok=ok,
                             timeout=timeout)

    def popen(self, *words):
        return subprocess.Popen(
            self.host.inside(FAXWIRE, "--home", self.home, *words),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)

    def json(self, *words):
        return json.loads(self.faxwire(*words, "--json").stdout)

    def status(self):
        done = self.faxwire("status", "--json", ok=False)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def online(self):
        return bool(self.status().get("online"))

    def wait_online(self, seconds=PATIENCE):
        wait_for(self.online, f"{self.user} logs in", seconds)
        return self

    def inbox(self):
        return self.json("inbox")["faxes"]

    def states(self):
        """The terminals that it may call."""
        return {t["id"]: t["state"] for t in self.json("list")["terminals"]}

    def job(self, number):
        return next(j for j in self.json("jobs")["jobs"]
                    if j["job"] == number)


class Lab:
    """The whole network; a context manager that removes all of it."""

    relays = {"relay": RELAY_ADDRESS}
    offices = OFFICES

    def __init__(self):
        self.prefix = f"fw{os.getpid()}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="faxwire-e2e-"))
        self.hosts, self.programs, self.others = {}, [], []

    def __enter__(self):
        check(os.geteuid() == 0, "network namespaces need root")
        try:
            self.build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            for program in self.programs:
                print(f"--- {program.label}\n{program.log()[-6000:]}",
                      file=sys.stderr)
        self.close()
        return False

    def host(self, name):
        self.hosts[name] = Host(f"{self.prefix}-{name}")
        return self.hosts[name]

    def link(self, left, left_link, right, right_link):
        run("ip", "link", "add", left_link, "netns", left.name, "type",
            "veth", "peer", "name", right_link, "netns", right.name)

    def on_wan(self, host, address):
        wan = self.hosts["wan"]
        port = f"p{len(self.hosts)}"
        self.link(host, "wan", wan, port)
        wan.run("ip", "link", "set", port, "master", "br0", "up")
        host.address("wan", f"{address}/24")

    def build(self):
        wan = self.host("wan")
        wan.run("ip", "link", "add", "br0", "type", "bridge")
        wan.run("ip", "link", "set", "br0", "up")
        for name, address in self.relays.items():
            self.on_wan(self.host(name), address)
        self.on_wan(self.host("stranger"), "198.51.100.66")
        for office, number in self.offices.items():
            gateway, inside = self.host(f"gw-{office}"), self.host(office)
            self.on_wan(gateway, f"198.51.100.1{number}")
            self.link(gateway, "lan", inside, "lan")
            gateway.address("lan", f"192.168.{number}.1/24")
            inside.address("lan", f"192.168.{number}.2/24",
                           via=f"192.168.{number}.1")
            gateway.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
            gateway.run("nft", "-f", "-", input=GATEWAY_RULES)
            # A gateway that lost its table does not guess (as most do not).
            gateway.run("sysctl", "-qw",
                        "net.netfilter.nf_conntrack_tcp_loose=0")

    def etc(self, host, name, text):
        """A file of /etc for programs that run in this host alone."""
        folder = pathlib.Path("/etc/netns") / self.hosts[host].name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    def close(self):
        for program in reversed(self.programs):
            with contextlib.suppress(Exception):
                program.stop(signal.SIGKILL)
        for process in self.others:
            with contextlib.suppress(Exception):
                process.kill()
                process.wait()
        for host in self.hosts.values():
            host.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- the usual cast ---

    def relay(self, name="relay", **options):
        options.setdefault("address", self.relays[name])
        options.setdefault("label", name)
        relay = Relay(self, self.hosts[name], **options)
        self.programs.append(relay)
        return relay

    def database(self):
        """A server that is set up."""
        database = Database()
        self.others.append(database)
        run(RELAY, "--database", database.url, "database", "init")
        return database

    def terminal(self, office, user, url, options=()):
        terminal = Terminal(self, self.hosts[office], user, url, options)
        self.programs.append(terminal)
        return terminal

    def two_offices(self, relay_options=(), terminal_options=()):
        """A relay, ana in office a, ben in office b, all online."""
        relay = self.relay(options=relay_options)
        ana = self.terminal("a", "ana", relay.account("ana"),
                            terminal_options)
        ben = self.terminal("b", "ben", relay.account("ben"),
                            terminal_options)
        return relay, ana.wait_online(), ben.wait_online()

    def document(self, pages=1, name="letter.pdf", size="a4"):
        path = self.folder / name
        run(MAKE_DOCUMENT, pages, path, size, timeout=60)
        return path

    def slow_path(self, port, delay_ms, rate=0):
        """A way to the relay with a delay (ms, one way) and a rate
        (octets/s); returns the port that it listens on."""
        script = pathlib.Path(__file__).with_name("slowpath.py")
        process = subprocess.Popen(
            self.hosts["relay"].inside(
                sys.executable, script, f"{self.relays['relay']}:{port}",
                f"{self.relays['relay']}:4380", delay_ms, rate),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.others.append(process)
        check(process.stdout.readline() == "ready\n", "the path is there")
        return port

    # --- what gateways do to people ---

    def reboot_gateway(self, office):
        """Empties the gateway's NAT table, as a restart does."""
        self.hosts[f"gw-{office}"].run("conntrack", "-F")

    def pull_cable(self, office):
        """From now on packets vanish silently."""
        self.hosts[f"gw-{office}"].run(
            "nft", "-f", "-", input="""
table ip cut {
  chain forward {
    type filter hook forward priority -10; policy drop;
  }
}
""")

    def plug_cable(self, office):
        self.hosts[f"gw-{office}"].run("nft", "delete", "table", "ip", "cut")

    def slow_line(self, office, rate):
        """What the office sends leaves at so many bits a second."""
        self.hosts[f"gw-{office}"].run(
            "tc", "qdisc", "add", "dev", "wan", "root", "tbf", "rate", rate,
            "burst", "16kb", "latency", "400ms")

    def fast_line(self, office):
        self.hosts[f"gw-{office}"].run("tc", "qdisc", "del", "dev", "wan",
                                       "root")


class Loopback(Lab):
    """The same cast without a network of its own."""

    relays = {"relay": "127.0.0.1"}

    def __enter__(self):
        for name in (*self.relays, *self.offices):
            self.hosts[name] = ThisMachine(name)
        return self


def children(program):
    """The process IDs of a program's children."""
    return run("pgrep", "-P", program.process.pid, ok=False).stdout.split()


def rows_of(pbm):
    """The rows of a raw PBM, one a list item."""
    magic, width, height, bits = pbm.split(maxsplit=3)
    check(magic == b"P4", f"{magic} is no bitmap")
    # split() would eat bits that look like blanks
    bits = pbm[len(pbm) - (int(width) + 7) // 8 * int(height):]
    size = (int(width) + 7) // 8
    return [bits[i:i + size] for i in range(0, len(bits), size)]


def same_pages(sent, received, heading=True):
    """Compares two TIFFs pixel for pixel; returns the number of pages. What
    arrived has a line above each page (heading), in rows of its own."""
    def pages(path):
        with tempfile.TemporaryDirectory() as folder:
            run("tiffsplit", path, f"{folder}/p")
            out = []
            for page in sorted(pathlib.Path(folder).iterdir()):
                raw = subprocess.run(["tifftopnm", "-quiet", str(page)],
                                     capture_output=True, timeout=60,
                                     check=True)
                out.append(rows_of(raw.stdout))
            return out
    one, two = pages(sent), pages(received)
    check(len(one) == len(two),
          f"{len(one)} pages were sent, {len(two)} arrived")
    for number, (left, right) in enumerate(zip(one, two), 1):
        line = right[:len(right) - len(left)]
        check(left == right[len(line):],
              f"page {number} differs from what was sent")
        check((16 if heading else 0) <= len(line) <= (64 if heading else 0),
              f"page {number} has {len(line)} rows more than was sent")
        check(not line or (any(map(any, line)) and not any(line[-1])),
              f"page {number} has no line above it")
    return len(one)


def main(test, make=Lab):
    """Runs one test function with a fresh lab; a file's last line."""
    name = pathlib.Path(sys.argv[0]).name
    started = time.monotonic()
    try:
        with make() as lab:
            test(lab)
    except (Failure, subprocess.SubprocessError) as error:
        print(f"not ok - {name}: {error}")
        sys.exit(1)
    print(f"ok - {name} # {time.monotonic() - started:.1f} s")
