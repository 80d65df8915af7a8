"""The example case against real servers, then a daemon that is killed again and again.

run.py PROGRAM SERVERS_DIR EXAMPLE_DIR WORK_DIR [CASES]

Fails unless every letter arrives once, the answer is found, the automatic one stops nothing, the
report of failure leads to the next channel, and nothing is lost or doubled by the kills.
"""

import email
import email.header
import glob
import json
import os
import random
import shutil
import smtplib
import ssl
import subprocess
import sys
import time
from collections import Counter
from email.message import EmailMessage

PROGRAM, SERVERS, EXAMPLE, WORK = sys.argv[1:5]
CASES = int(sys.argv[5]) if len(sys.argv) > 5 else 12
KILLS = max(15, CASES)
CONFIG = f"""schema = 1
[smtp]
host = "localhost"
port = 12587
security = "starttls"
user = "me@post.test"
from = "me@post.test"
ca_file = "{SERVERS}/tls/root.pem"
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


def arrived(account):
    letters = []
    for path in glob.glob(f"{SERVERS}/mail/{account}/new/*") + glob.glob(f"{SERVERS}/mail/{account}/cur/*"):
        with open(path, "rb") as file:
            letters.append(email.message_from_binary_file(file))
    return letters


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


def killed():
    own = home("killed")
    say(own, "halt")
    numbers = range(100, 100 + CASES)
    for number in numbers:
        file = case_file(os.path.join(WORK, f"case-{number}"), number, "desk@post.test")
        say(own, "start", file, "--once")
    # What was held back begins to leave with `resume`, which is killed like the daemon after it.
    dice, kills = random.Random(20260918), 0
    wanted = ["self-copy", "lawyer-copy", "bank-dispute"]

    def now():
        return {
            (case["case"], step["id"]): step["state"]
            for case in say(own, "status", "--all")["cases"]
            for step in case["steps"]
            if step["id"] in wanted
        }

    def settled():
        states = now()
        return len(states) == CASES * len(wanted) and all(
            state in ("done", "submitted", "in_doubt") for state in states.values()
        )

    while kills < KILLS:
        word = "run" if kills else "resume"
        command = [PROGRAM, "--home", own, word]
        with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
            time.sleep(dice.uniform(0.3, 2.0))
            daemon.kill()
        kills += 1
        if kills % 5 == 0 and settled():
            break
    # Whatever the kills left undone, the last one is let alone.
    with subprocess.Popen([PROGRAM, "--home", own, "run"], env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
        until(settled, 900)
        daemon.kill()
    # What was in doubt is settled by our own copy. Without one the body never left: the person
    # says so, and if they or the search were wrong, something is doubled below.
    time.sleep(2)
    say(own, "inbox", "check")
    doubts = [key for key, state in now().items() if state == "in_doubt"]
    for case, name in doubts:
        say(own, "approve", case, name, "--again")
    time.sleep(2)
    to_desk = Counter(
        letter["Message-ID"]
        for letter in arrived("desk")
        if any(f"W-2026-{number:04}" in subject(letter) for number in numbers)
    )
    doubled = [name for name, count in to_desk.items() if count > 1]
    expected = 2 * CASES
    print(
        f"killed {kills} times, {len(doubts)} in doubt to the end: "
        f"{len(to_desk)} of {expected} letters arrived, {len(doubled)} doubled"
    )
    assert not doubled and len(to_desk) == expected, (len(to_desk), doubled)


os.makedirs(WORK)
example()
killed()
