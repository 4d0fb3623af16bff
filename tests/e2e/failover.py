# SPDX-License-Identifier: Apache-2.0
"""What becomes of the terminals of a relay that dies, comes back, or is
stopped in good order: the same whether accounts are at each relay or in a
database that they share.
"""

import signal

import lab
from network import SLOW, calls, send, wait_delivered, wait_state

NAMES = [f"t{n:02}" for n in range(20)]
# Two addresses' worth of failures with their pauses, and 20 logins.
BACK_OFF = 15
# Idle terminals of a relay that drains come back over 5 s.
SPREAD = 10


def at(terminals, relay):
    """Those that say that they are logged in there."""
    found = []
    for t in terminals:
        status = t.status()
        if status.get("online") and status["relay"] == relay.address:
            found.append(t)
    return found


def start_all(net, urls):
    """One terminal for each of NAMES, in both offices."""
    terminals = [net.terminal("ab"[n % 2], user, urls[user])
                 for n, user in enumerate(NAMES)]
    for t in terminals:
        t.wait_online()
    return terminals


def wait_moved(terminals, relays, seconds):
    """All are at one of the two relays, and of many none has got all."""
    lab.wait_for(lambda: sum(len(at(terminals, r)) for r in relays) ==
                 len(terminals), "every terminal is somewhere else", seconds)
    counts = [len(at(terminals, r)) for r in relays]
    # Of six all choose one relay once in 32 times; of twenty never.
    lab.check(min(counts) >= 2 or len(terminals) < 16,
              f"they are not spread: {counts}")


def wait_all_free(watcher, seconds=BACK_OFF):
    lab.wait_for(lambda: all(watcher.states().get(n) == "free"
                             for n in NAMES),
                 f"{watcher.user} sees all of them free", seconds)


def can_be_called(net, caller, terminal):
    """With at most one more attempt: nobody failed over for this one."""
    number = send(net, caller, terminal.user)
    wait_delivered(caller, number, terminal)
    lab.check(caller.job(number)["attempts"] == 1, "it took more than one")


def a_relay_is_killed(net, terminals, relays, caller):
    """north dies; `caller` is at the third of the relays."""
    north, south, west = relays
    north.stop(signal.SIGKILL)
    wait_moved(terminals, (south, west), BACK_OFF)
    there = at(terminals, south)[0]
    wait_state(caller, there.user, "free", 5)
    can_be_called(net, caller, there)
    can_be_called(net, caller, at(terminals, west)[0])
    said = there.faxwire("status").stdout
    lab.check(f"Logged in as {there.user} at {south.address}" in said,
              f"status says where it is: {said}")


def it_comes_back(net, terminals, relays, caller):
    """Nobody is lost, nobody wanders."""
    north, south, west = relays
    before = [at(terminals, r) for r in (south, west)]
    north.start()
    lab.wait_for(lambda: north.log().count("event=ready") == 2, "it is back")
    wait_all_free(caller)
    can_be_called(net, caller, terminals[-1])
    lab.check([at(terminals, r) for r in (south, west)] == before,
              "they are where they were")


def a_relay_is_stopped(net, terminals, relays, caller):
    """south is to end, with a call: it is not broken off, and the others
    go."""
    north, south, west = relays
    callee = net.again(caller, "b", SLOW)
    mine = at(terminals, south)
    sender = mine[0]
    wait_state(sender, callee.user, "free", 5)
    number = send(net, sender, callee.user, size="slip")
    lab.wait_for(lambda: calls(south) == 1 and calls(west) == 1, "a call", 10)
    south.process.send_signal(signal.SIGTERM)
    wait_moved([t for t in mine if t is not sender], (north, west), SPREAD)
    lab.check(south.running(), "it has not waited for the call")
    wait_delivered(sender, number, callee)
    lab.check(sender.job(number)["attempts"] == 1, "the call was broken off")
    lab.wait_for(lambda: not south.running(), "south ends", 10)
    lab.wait_for(lambda: not at([sender], south) and sender.online(),
                 "the sender is elsewhere too", BACK_OFF)
    wait_all_free(callee)
    lab.check(not at(terminals, south), "nobody is at south")
    other = next(t for t in at(terminals, west) if t is not sender)
    can_be_called(net, other, sender)
