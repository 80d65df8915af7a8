"""The example case against real servers, then a daemon that is killed again and again.

run.py PROGRAM SERVERS_DIR EXAMPLE_DIR WORK_DIR [MESSAGES]

Fails unless every letter arrives once, the answer is found, the automatic one stops nothing, the
report of failure leads to the next channel, nothing is lost or doubled by the kills, and another
library finds every signature good. A sender that sends first and writes down afterwards goes through
the same, and has to fail.
"""

import base64
import email
import email.header
import glob
import json
import os
import random
import signal
import shutil
import smtplib
import sqlite3
import ssl
import subprocess
import sys
import time
from collections import Counter
from email.message import EmailMessage

import dkim

PROGRAM, SERVERS, EXAMPLE, WORK = sys.argv[1:5]
MESSAGES = int(sys.argv[5]) if len(sys.argv) > 5 else 250
# What of a case leaves by itself.
WANTED = ["self-copy", "lawyer-copy", "bank-dispute"]
CONFIG = f"""schema = 1
[smtp]
host = "localhost"
port = 12587
security = "starttls"
user = "me@post.test"
from = "me@post.test"
ca_file = "{SERVERS}/tls/root.pem"
[smtp.dkim]
domain = "post.test"
selector = "s1"
key_file = "{WORK}/dkim.pem"
[imap]
host = "localhost"
port = 12993
ca_file = "{SERVERS}/tls/root.pem"
[reminders]
desktop = false
"""
ENVIRONMENT = {"PATH": os.environ["PATH"], "APPEAL_NO_KEYRING": "1", "APPEAL_SMTP_PASSWORD": "mine"}


def home(name):
    path = os.path.join(WORK, name)
    os.makedirs(os.path.join(path, "config"))
    with open(os.path.join(path, "config", "config.toml"), "w") as file:
        file.write(CONFIG)
    return path


def say(home, *arguments, codes=(0, 3)):
    command = [PROGRAM, "--json", "--home", home, *arguments]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode in codes, (arguments, done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout) if done.stdout.strip() else {}


def step(home, case, name):
    return next(step for step in say(home, "status", case)["steps"] if step["id"] == name)


def raw(account):
    letters = []
    for path in glob.glob(f"{SERVERS}/mail/{account}/new/*") + glob.glob(f"{SERVERS}/mail/{account}/cur/*"):
        with open(path, "rb") as file:
            letters.append(file.read())
    return letters


def arrived(account):
    return [email.message_from_bytes(letter) for letter in raw(account)]


def until(what, seconds=60):
    """Asks again and again, because mail takes its time."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < end, "it never came"
        time.sleep(0.2)


def subject(letter):
    return str(email.header.make_header(email.header.decode_header(letter["Subject"])))


def case_file(folder, number, bank):
    shutil.copytree(EXAMPLE, folder)
    path = os.path.join(folder, "case.toml")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for old, new in [
        ("W-2026-0001", f"W-2026-{number:04}"),
        ("disputes@bank.example", bank),
        ("claims.li@insurer.example", "desk@post.test"),
        ("wang@lawfirm.example", "desk@post.test"),
        ("lin@mail.example", "me@post.test"),
    ]:
        assert old in text, old
        text = text.replace(old, new)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def answers(original):
    context = ssl.create_default_context(cafile=f"{SERVERS}/tls/root.pem")
    with smtplib.SMTP("localhost", 12587) as server:
        server.starttls(context=context)
        server.login("desk@post.test", "theirs")
        for title, automatic, text in [
            ("自动回复", True, "您的邮件已收到，我们会尽快处理。"),
            ("回复", False, "林女士您好：\n您的报案已受理，报案号 CP20260918000123。\n李理赔"),
        ]:
            letter = EmailMessage()
            letter["From"], letter["To"] = "李理赔 <desk@post.test>", "me@post.test"
            letter["Subject"] = f"{title}：{subject(original)}"
            letter["In-Reply-To"] = original["Message-ID"]
            if automatic:
                letter["Auto-Submitted"] = "auto-replied"
            letter.set_content(text)
            server.send_message(letter)


def example():
    own = home("example")
    file = case_file(os.path.join(WORK, "case"), 1, "nobody@post.test")
    case = "W-2026-0001"
    say(own, "start", file, "--once")
    say(own, "approve", case)
    letters = until(lambda: (found := arrived("desk")) and len(found) >= 2 and found)
    notice = next(letter for letter in letters if "保险单号" in subject(letter))
    assert "林晓芸" in notice.get_payload(decode=True).decode() if not notice.is_multipart() else True
    # The bank's address does not exist: the report leads to the counter.
    until(lambda: say(own, "inbox", "check") and step(own, case, "bank-dispute")["state"] != "submitted")
    tasks = say(own, "today", case)["tasks"]
    assert next(task for task in tasks if task["step"] == "bank-dispute")["kind"] == "visit"
    answers(notice)
    held = until(lambda: say(own, "inbox", "check")["letters"])
    until(lambda: sum("insurance" in item["slot"] for item in say(own, "evidence", "list", case)["evidence"]) >= 2)
    assert len(held) == 1, held
    assert (held[0]["case"], held[0]["step"]) == (case, "insurance/notice"), held
    assert any(said["value"] == "CP20260918000123" for said in held[0]["suggestions"]), held
    say(own, "inbox", "assign", held[0]["id"], case, "insurance/notice", "--outcome", "accepted")
    assert say(own, "inbox", "list")["letters"] == []
    print("example: sent, bounced to the next channel, answered, filed")


def ledger(home):
    """Every entry of the ledger, oldest first: (case, event)."""
    with sqlite3.connect(f"file:{home}/ledger.sqlite?mode=ro", uri=True, timeout=20) as base:
        rows = base.execute("SELECT case_id, body FROM events ORDER BY case_id, seq").fetchall()
    return [(case, json.loads(body)) for case, body in rows]


def stages(home):
    """How far each message is, by its Message-ID: (stage, case, step)."""
    found = {}
    for case, event in ledger(home):
        if event["kind"] in ("send_started", "in_doubt", "accepted", "refused"):
            found[event["message_id"]] = (event["kind"], case, event["step"])
    return found


def in_doubt(home):
    return {key: place for key, place in stages(home).items() if place[0] == "in_doubt"}


def recipients(home):
    with sqlite3.connect(f"file:{home}/ledger.sqlite?mode=ro", uri=True, timeout=20) as base:
        return dict(base.execute("SELECT message_id, recipient FROM outbox").fetchall())


def by_id(account):
    ids = (letter["Message-ID"] for letter in arrived(account))
    return Counter(key.strip().strip("<>") for key in ids if key)


def settle(own):
    """What a person does about doubts: has the program look into the mailbox, then looks there too.

    A message whose copy is there must be known by then; of the others they say that it did not
    arrive. If they or the search are wrong, something is doubled in the end. Returns how many were
    settled by the copy and how many by the person.
    """
    before = in_doubt(own)
    if not before:
        return 0, 0
    time.sleep(2)  # what the server took is delivered by then
    say(own, "inbox", "check")
    left = in_doubt(own)
    mine = by_id("me")
    overlooked = [key for key in left if mine[key]]
    assert not overlooked, ("our own copy was overlooked", overlooked)
    for _, case, name in left.values():
        say(own, "approve", case, name, "--again")
    return len(before) - len(left), len(left)


class Killer:
    """Kills at moments drawn between two, in seconds after the start."""

    def __init__(self, first, last):
        self.dice, self.first, self.last, self.kills = random.Random(20260918), first, last, 0

    def run(self, command, environment, aim=lambda: False):
        """Runs a command and kills it, at the latest at the moment drawn, and soon after `aim` says
        that now is a bad one. Says whether it ended before by itself."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        end = time.monotonic() + self.dice.uniform(self.first, self.last)
        soon = self.dice.uniform(0, 0.05)
        with subprocess.Popen(command, env=environment, **quiet) as process:
            while time.monotonic() < end:
                if process.poll() is not None:
                    self.kills += process.returncode == -signal.SIGKILL
                    return process.returncode != -signal.SIGKILL
                if aim():
                    time.sleep(soon)
                    break
                time.sleep(0.001)
            process.kill()
        self.kills += 1
        return False


class Aim:
    """Asks the ledger, again and again, whether a message came into doubt since the last kill."""

    def __init__(self, home):
        self.base = sqlite3.connect(f"file:{home}/ledger.sqlite?mode=ro", uri=True, timeout=20)
        self.seen = self.count()

    def count(self):
        return self.base.execute("SELECT count(*) FROM events WHERE kind = 'in_doubt'").fetchone()[0]

    def __call__(self):
        return self.count() > self.seen


def killed():
    own = home("killed")
    say(own, "halt")
    cases = -(-MESSAGES // len(WANTED))
    matters = os.path.join(WORK, "matters")
    for number in range(100, 100 + cases):
        case_file(os.path.join(matters, f"W-2026-{number:04}"), number, "desk@post.test")
    # All are opened and their papers made by one process; sending is what is killed.
    say(own, "batch", "run", matters)

    def all_left():
        steps = [step for case in say(own, "status", "--all")["cases"] for step in case["steps"]]
        states = [step["state"] for step in steps if step["id"] in WANTED]
        return len(states) == cases * len(WANTED) and all(state in ("done", "submitted") for state in states)

    # What was held back begins to leave with `resume`, which is killed like the daemon after it.
    # Most kills are to strike while something leaves, not while the program starts.
    began = time.monotonic()
    say(own, "status", "--all")
    start = time.monotonic() - began
    killer, by_copy, by_person = Killer(start / 2, start * 1.5 + 0.6), 0, 0
    while killer.kills < 15 or (killer.kills < MESSAGES and not all_left()):
        for round in range(5):
            command = [PROGRAM, "--home", own, "run" if killer.kills else "resume"]
            # Every second kill is aimed at the moment in which nobody knows.
            killer.run(command, ENVIRONMENT, Aim(own) if round % 2 else lambda: False)
        copies, words = settle(own)
        by_copy, by_person = by_copy + copies, by_person + words
    # Whatever the kills left undone, the last one is let alone.
    while not all_left():
        with subprocess.Popen([PROGRAM, "--home", own, "run"], env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
            until(lambda: in_doubt(own) or all_left(), 900)
            daemon.kill()
        copies, words = settle(own)
        by_copy, by_person = by_copy + copies, by_person + words
    time.sleep(2)
    taken = [key for key, (stage, _, _) in stages(own).items() if stage == "accepted"]
    lost, doubled = row("as built", taken, recipients(own), killer.kills, by_copy, by_person)
    assert not lost and not doubled and len(taken) == cases * len(WANTED), (lost, doubled, len(taken))


def row(name, taken, recipients, kills, by_copy, by_person):
    """Compares what the ledger says was taken with what arrived, as multisets of Message-IDs."""
    boxes = {"me@post.test": by_id("me"), "desk@post.test": by_id("desk")}
    counts = {key: boxes[recipient][key] for key, recipient in recipients.items()}
    lost = [key for key in taken if counts[key] == 0]
    doubled = [key for key, count in counts.items() if count > 1]
    once = sum(counts[key] == 1 for key in taken)
    print(f"| {name} | {len(recipients)} | {kills} | {by_copy} | {by_person} | {once} | {len(lost)} | {len(doubled)} |")
    return lost, doubled


def signed(own, key):
    """Every letter of the program is signed, and what `doctor` says to publish checks it."""
    public = subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-outform", "DER"], capture_output=True, check=True)
    record = "v=DKIM1; k=rsa; p=" + base64.b64encode(public.stdout).decode()
    said = json.dumps(say(own, "doctor", codes=(0, 75)))
    assert record in said and "s1._domainkey.post.test" in said, said
    ours = set(stages(own))
    letters = [letter for letter in raw("desk") + raw("me") if is_of(letter, ours)]
    bad = [letter for letter in letters if not dkim.verify(letter, dnsfunc=lambda *_, **__: record.encode())]
    assert len(letters) >= len(ours) and not bad, (len(letters), len(bad), bad[:1])
    print(f"signatures: {len(letters)} letters, all good")


def is_of(letter, ours):
    key = email.message_from_bytes(letter)["Message-ID"]
    return bool(key) and key.strip().strip("<>") in ours


def wave():
    """A batch leaves in waves, each message once, and nothing that is not in its plan."""
    own = home("wave")
    matters = os.path.join(WORK, "wave-matters")
    # Numbers that the long run before it does not come to: they are part of the Message-IDs.
    for number in range(9000, 9012):
        case_file(os.path.join(matters, f"W-2026-{number:04}"), number, "desk@post.test")
    prepared = say(own, "batch", "run", matters)
    assert prepared["failed"] == 0 and prepared["in_waves"] > 0, prepared
    send = ["batch", "run", matters, "--send", "--plan", prepared["plan"]]
    for clients in (1, 5, 6):
        sent = say(own, *send)
        assert (sent["clients"], sent["failed"]) == (clients, 0), sent
    assert say(own, *send)["done"] == 0
    time.sleep(2)
    taken = [key for key, (stage, _, _) in stages(own).items() if stage == "accepted"]
    lost, doubled = row("batch, in waves", taken, recipients(own), 0, 0, 0)
    assert len(taken) == prepared["in_waves"] and not lost and not doubled, (prepared, len(taken))


def naive():
    """Sends, then writes down that it was sent: what a crash in between does to it."""
    folder = os.path.join(WORK, "naive")
    os.makedirs(folder)
    marks = os.path.join(folder, "sent")
    keys = [f"naive-{number}@post.test" for number in range(MESSAGES)]
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "naive.py")
    command = [sys.executable, beside, SERVERS, marks, *keys]
    killer = Killer(0.1, 0.8)
    while not killer.run(command, {"PATH": os.environ["PATH"]}):
        pass
    time.sleep(2)
    with open(marks) as file:
        taken = file.read().split()
    _, doubled = row("send, then mark", taken, dict.fromkeys(keys, "desk@post.test"), killer.kills, 0, 0)
    assert doubled, "the check does not see what it is for"


os.makedirs(WORK)
KEY = os.path.join(WORK, "dkim.pem")
subprocess.run(["openssl", "genrsa", "-out", KEY, "2048"], capture_output=True, check=True)
example()
print("| sender | messages | kill -9 | doubts ended by the copy | by the person | exactly once | lost | doubled |")
print("|---|---|---|---|---|---|---|---|")
killed()
wave()
signed(os.path.join(WORK, "killed"), KEY)
naive()
