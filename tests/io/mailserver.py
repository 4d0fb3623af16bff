#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A mail server of the tests' own: aiosmtpd with STARTTLS, AUTH, and moods.

usage: mailserver.py FOLDER PORT [plain] [auth] [tls]

It keeps each mail in FOLDER/mails, one file each, as it came: first a line of
JSON with the envelope. It tells on its output when it listens. What stands in
FOLDER/mood decides what it says: "busy" 451 to each recipient, "no" 550,
"full" 552 after the data, "later" 421 after the data, "slow" nothing for long.
tls: from the first octet on (smtps). Certificate: FOLDER/cert.pem, key.pem.
"""
import asyncio
import json
import pathlib
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

FOLDER = pathlib.Path(sys.argv[1])
RECIPIENT = {"busy": "451 4.3.0 Not now, please",
             "no": "550 5.1.1 No such user here"}
DATA = {"full": "552 5.2.2 The mailbox is full",
        "later": "451 4.3.0 Later, please"}


def mood():
    path = FOLDER / "mood"
    return path.read_text().strip() if path.exists() else ""


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if mood() == "slow":
            await asyncio.sleep(600)
        if mood() in RECIPIENT:
            return RECIPIENT[mood()]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if mood() in DATA:
            return DATA[mood()]
        folder = FOLDER / "mails"
        folder.mkdir(exist_ok=True)
        head = {"from": envelope.mail_from, "to": envelope.rcpt_tos,
                "tls": session.ssl is not None or "tls" in sys.argv[3:],
                "user": (session.auth_data or b"").decode()}
        name = f"{len(list(folder.iterdir())):04}"
        part = FOLDER / f"{name}.part"
        part.write_bytes(json.dumps(head).encode() + b"\n" +
                         envelope.original_content)
        part.rename(folder / name)
        return "250 2.0.0 Taken as " + name


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == b"ana" and data.password == b"p@ss:word"
    return AuthResult(success=good, handled=False,
                      auth_data=data.login if good else None)


def main():
    words = sys.argv[3:]
    context = None
    if "plain" not in words:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(FOLDER / "cert.pem", FOLDER / "key.pem")
    options = {"hostname": "127.0.0.1", "port": int(sys.argv[2])}
    if "auth" in words:
        options |= {"authenticator": authenticate, "auth_required": True,
                    "auth_require_tls": "plain" not in words}
    if "tls" in words:
        options |= {"ssl_context": context, "auth_require_tls": False}
    elif context:
        options |= {"tls_context": context, "require_starttls": True}
    Controller(Handler(), **options).start()
    sys.stdout.write("listening\n")  # in one piece
    sys.stdout.flush()
    sys.stdin.read()  # until who started it is gone


main()
