# SPDX-License-Identifier: Apache-2.0
"""Several relays that know each other, and what tests of them have in common.

Each relay is in a host of its own on the wide area network; the offices are
those of lab.py.
"""

import lab

# What a relay of the network knows at once: some milliseconds, and time for
# the command that asks, on a machine that is busy.
AT_ONCE = 1.5
# Silence is noticed after some seconds.
KEEPALIVE = ["--keepalive", "2", "--keepalive-max", "2"]
# A terminal with one connection, on which a page takes its time.
SLOW = ["--pace", "line"]
ONE_LINE = [*SLOW, "--spares", "0", "--connections", "1"]


class Network(lab.Lab):
    relays = {"north": "198.51.100.1", "south": "198.51.100.2",
              "west": "198.51.100.3"}

    def start(self, name, dials=(), options=()):
        """A relay that dials those, which run already."""
        words = [w for far in dials for w in ("--peer", far.peer(name))]
        return self.relay(name, options=["--name", name, *words, *options])

    def member(self, name, database, options=()):
        """A relay that shares a database."""
        return self.relay(name, options=["--name", name, *options],
                          database=database)

    def fax_user(self, office, user, relay, options=(), account=()):
        return self.terminal(office, user, relay.account(user, *account),
                             options).wait_online()

    def again(self, terminal, office, options=()):
        """The terminal is stopped, and runs anew with other options."""
        terminal.stop()
        self.programs.remove(terminal)
        return self.terminal(office, terminal.user, None,
                             options).wait_online()

    def cut(self, one, other):
        """From now on packets between two relays vanish silently."""
        for here, there in ((one, other), (other, one)):
            self.hosts[here].run("nft", "-f", "-", input=f"""
table ip cut-{there} {{
  chain input {{
    type filter hook input priority -10; policy accept;
    ip saddr {self.relays[there]} drop
  }}
}}
""")

    def mend(self, one, other):
        for here, there in ((one, other), (other, one)):
            self.hosts[here].run("nft", "delete", "table", "ip",
                                 f"cut-{there}")


def calls(relay):
    return relay.status()["counts"]["calls"]


def records(relay):
    """The calls on record, the newest first."""
    return lab.json.loads(relay.command("calls", "--json").stdout)["calls"]


def is_idle(net, relay):
    """No call is left, and each connection can carry the next one; of another
    relay's one is the link, which carries none."""
    status = relay.status()
    return status["counts"]["calls"] == 0 and all(
        t["connections"] - t["idle"] == (t["id"] in net.relays)
        for t in status["terminals"])


def wait_idle(net, *relays):
    for relay in relays:
        lab.wait_for(lambda: is_idle(net, relay),
                     f"{relay.label} is idle again", 5)


def wait_state(terminal, user, state, seconds=AT_ONCE):
    lab.wait_for(lambda: terminal.states().get(user) == state,
                 f"{terminal.user} sees {user} {state}", seconds)


def send(net, sender, to, pages=1, size="a4"):
    """Returns the job's number. A slip takes a slow receiver some 20 s, a
    whole page 40 s."""
    document = net.document(pages, f"letter-{pages}-{size}.pdf", size)
    return sender.json("send", to, document, "--resolution",
                       "standard")["job"]


def wait_result(sender, number, words, seconds=AT_ONCE):
    """The job could not be delivered, and these words say why."""
    lab.wait_for(lambda: words in sender.job(number)["last_result"],
                 f"a result that says \"{words}\"", seconds)


def wait_delivered(sender, number, receiver, seconds=60):
    """The job is delivered, once and pixel for pixel; returns the fax."""
    lab.wait_for(lambda: sender.job(number)["state"] == "delivered",
                 f"{sender.user}'s fax is delivered", seconds)
    faxes = [f for f in receiver.inbox() if f["job"] == number]
    lab.check(len(faxes) == 1 and faxes[0]["complete"],
              f"one whole fax: {faxes}")
    sent = sender.home / "jobs" / number / "document.tif"
    pages = lab.same_pages(sent, faxes[0]["tiff"])
    lab.check(pages == sender.job(number)["pages"], f"{pages} pages")
    lab.check(faxes[0]["from"] == sender.user, f"{faxes[0]}")
    return faxes[0]
