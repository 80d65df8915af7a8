"""Sends, then writes down that it was sent: what the program does not do.

naive.py SERVERS_DIR MARKS_FILE MESSAGE_ID...
"""

import os
import signal
import smtplib
import ssl
import sys
from email.message import EmailMessage

SERVERS, MARKS, *KEYS = sys.argv[1:]
DIED = f"{MARKS}.died"

context = ssl.create_default_context(cafile=f"{SERVERS}/tls/root.pem")


def send(key):
    letter = EmailMessage()
    letter["From"], letter["To"] = "me@post.test", "desk@post.test"
    letter["Message-ID"], letter["Subject"] = f"<{key}>", "naive"
    letter.set_content("naive")
    with smtplib.SMTP("localhost", 12587) as server:
        server.starttls(context=context)
        server.login("me@post.test", "mine")
        server.send_message(letter)


with open(MARKS, "a+") as marks:
    marks.seek(0)
    sent = set(marks.read().split())
    left = [key for key in KEYS if key not in sent]
    # The letters of one case, then the mark that they left.
    for case in (left[first : first + 3] for first in range(0, len(left), 3)):
        for number, key in enumerate(case):
            send(key)
            # Once it dies at the worst moment; the other kills come from outside.
            if number == 1 and not os.path.exists(DIED):
                open(DIED, "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
        marks.write("".join(f"{key}\n" for key in case))
        marks.flush()
        os.fsync(marks.fileno())
