#!/usr/bin/env python3
"""changes.py PORT SECONDS DISPATCHER POSTGRES FILE NEWS

FILE has the token of a telephone on each line. All of them ask the dispatcher on 127.0.0.1:PORT once what there is; then
the command NEWS is run, which changes something for some of them; then each of them asks once in SECONDS what is new since
then, evenly spread, over 32 connections.

Prints: processor time of the process DISPATCHER and of the server POSTGRES with all of its backends meanwhile, each in per
cent of a core; answers with news; answers without; p99 in ms.
"""
import http.client
import itertools
import json
import os
import subprocess
import sys
import threading
import time

LINKS = 32
port, seconds, dispatcher, postgres = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
with open(sys.argv[5], encoding="ascii") as file:
    tokens = file.read().split()
cursors = [""] * len(tokens)
flaws = []


def stat(pid):
    """Parent, own ticks, ticks of children that have ended."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as lines:
        words = lines.read().rpartition(") ")[2].split()
    return int(words[1]), int(words[11]) + int(words[12]), int(words[13]) + int(words[14])


def ticks():
    server = sum(stat(postgres)[1:])
    for name in os.listdir("/proc"):
        try:
            parent, own, ended = stat(name) if name.isdigit() else (0, 0, 0)
        except (FileNotFoundError, ProcessLookupError):
            continue
        server += own + ended if parent == postgres else 0
    return stat(dispatcher)[1], server


def everybody(rate):
    """Each phone asks once, so many a second; 0: as fast as answers come. Answers by status, and latencies."""
    turn, begin, counts, times = itertools.count(), time.perf_counter(), {200: 0, 204: 0}, []

    def one():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while (phone := next(turn)) < len(tokens) and not flaws:
            due = begin + phone / rate if rate else time.perf_counter()
            time.sleep(max(0, due - time.perf_counter()))
            query = "?since=" + cursors[phone] if cursors[phone] else ""
            connection.request("GET", "/api/dispatch/v1/changes" + query, headers={"Authorization": "Bearer " + tokens[phone]})
            answer = connection.getresponse()
            text = answer.read()
            times.append(time.perf_counter() - due)
            if answer.status not in counts:
                flaws.append(f"{answer.status} {text[:300]}")
                return
            counts[answer.status] += 1
            if answer.status == 200:
                cursors[phone] = json.loads(text)["cursor"]

    threads = [threading.Thread(target=one) for _ in range(LINKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if flaws or sum(counts.values()) != len(tokens):
        sys.exit(f"a telephone was not told what is new: {flaws[:1]}")
    return counts, sorted(times)


everybody(0)
subprocess.run(sys.argv[6:], check=True, stdout=subprocess.DEVNULL)
time.sleep(5)  # what the change left to do
before, start = ticks(), time.perf_counter()
answers, latencies = everybody(len(tokens) / seconds)
after, took = ticks(), time.perf_counter() - start
if took > seconds * 1.05:
    sys.exit(f"the answers took {took:.0f} s instead of {seconds:.0f}")
share = [(b - a) * 100 / os.sysconf("SC_CLK_TCK") / took for a, b in zip(before, after)]
print(f"{share[0]:.1f} {share[1]:.1f} {answers[200]} {answers[204]} {latencies[len(latencies) * 99 // 100] * 1000:.1f}")
