"""latency.py LOG DIRECTORY TIMES: p50 and p99 in ms from a request (LOG of httpload) to its mail (a file of smtp-sink -d).

A mail tells its recipient bench-N@…; its time is when the sink closed its file (TIMES of mailtimes). The first second is
not counted. Ends with 1 when a mail is missing or doubled.
"""

import os
import re
import sys

due = {}
for line in open(sys.argv[1]):
    number, time = line.split()
    due[number] = float(time)

closed = {}
for line in open(sys.argv[3]):
    name, time = line.split()
    closed[name] = float(time)

mails = {}
doubled = 0
for entry in os.scandir(sys.argv[2]):
    with open(entry.path, "rb") as mail:
        match = re.search(rb"bench-(\d+)@", mail.read(4096))
    if match:
        number = match.group(1).decode()
        doubled += number in mails
        mails[number] = closed[entry.name]

first = min(due.values()) + 1
times = sorted(1000 * (mails[n] - t) for n, t in due.items() if n in mails and t >= first)
missing = len(due) - len(mails.keys() & due.keys())
if missing or doubled:
    print(f"{missing} mails missing, {doubled} doubled of {len(due)}", file=sys.stderr)
print(f"{times[len(times) // 2]:.2f} {times[int(len(times) * 0.99)]:.2f}")
sys.exit(1 if missing or doubled else 0)
