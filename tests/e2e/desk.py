# SPDX-License-Identifier: Apache-2.0
"""What stands in an office beside its terminal: a mail server (aiosmtpd, with
STARTTLS and a password) and a print server (CUPS), both real, both with
folders of their own."""
import email
import email.policy
import json
import pathlib
import subprocess

import lab

MAILSERVER = pathlib.Path(__file__).parents[1] / "io/mailserver.py"
MAIL_PORT, PRINT_PORT = 2525, 6631
PRINTER = "desk"

CUPSD = f"""
Listen 127.0.0.1:{PRINT_PORT}
Browsing Off
DefaultAuthType None
PreserveJobFiles Yes
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  <Limit All>
    Order allow,deny
    Allow all
  </Limit>
</Policy>
"""


class Process:
    """One that the lab kills at its end."""

    def __init__(self, net, host):
        self.net, self.host, self.process = net, net.hosts[host], None

    def run(self, words):
        # Without buffering: its one line may stay in the pipe.
        self.process = subprocess.Popen(
            self.host.inside(*words), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self.net.others.append(self.process)

    def stop(self):
        self.process.kill()
        self.process.wait(lab.PATIENCE)


class MailServer(Process):
    """Takes mails of the user ana, whose password is p@ss:word."""

    url = f"smtp://ana:p%40ss%3aword@127.0.0.1:{MAIL_PORT}"

    def __init__(self, net, host):
        super().__init__(net, host)
        self.folder = net.folder / f"mail-{host}"
        self.folder.mkdir()
        self.certificate = self.folder / "cert.pem"
        lab.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1",
                "-keyout", self.folder / "key.pem", "-out", self.certificate)
        self.start()

    def start(self):
        self.run([MAILSERVER, self.folder, MAIL_PORT, "auth"])
        lab.check(self.process.stdout.read(9) == b"listening",
                  "the mail server does not start")

    def mood(self, word):
        (self.folder / "mood").write_text(word)

    def settings(self):
        return (f"smtp = {self.url}\nsmtp-from = fax@office.example\n"
                f"smtp-ca = {self.certificate}\n")

    def mails(self):
        """(envelope, message) of each, in order."""
        folder = self.folder / "mails"
        out = []
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            head, _, mail = path.read_bytes().partition(b"\n")
            out.append((json.loads(head), email.message_from_bytes(
                mail, policy=email.policy.default)))
        return out

    def to(self, address):
        return [(e, m) for e, m in self.mails() if address in e["to"]]


class PrintServer(Process):
    """A scheduler of its own with one queue that keeps what it prints."""

    address = f"127.0.0.1:{PRINT_PORT}"

    def __init__(self, net, host):
        super().__init__(net, host)
        self.folder = net.folder / f"cups-{host}"
        files = ""
        for key, name in [("ServerRoot", "root"), ("RequestRoot", "spool"),
                          ("CacheDir", "cache"), ("StateDir", "state")]:
            (self.folder / name).mkdir(parents=True)
            files += f"{key} {self.folder / name}\n"
        for key in ("ErrorLog", "AccessLog", "PageLog"):
            files += f"{key} {self.folder}/{key}\n"
        self.conf = self.folder / "root/cupsd.conf"
        self.files = self.folder / "root/cups-files.conf"
        self.conf.write_text(CUPSD)
        self.files.write_text(files + "FileDevice Yes\n")
        self.start()
        # A queue that takes PDF as it is, and has no paper.
        self.host.run("lpadmin", "-h", self.address, "-p", PRINTER, "-E",
                      "-v", "file:///dev/null", "-m", "raw")

    def start(self):
        self.run(["/usr/sbin/cupsd", "-f", "-c", self.conf, "-s", self.files])
        lab.wait_for(lambda: self.host.reaches("127.0.0.1", PRINT_PORT),
                     "the print server starts")

    def printed(self):
        """What came, as octets."""
        return [p.read_bytes() for p in
                sorted((self.folder / "spool").glob("d*-001"))]
