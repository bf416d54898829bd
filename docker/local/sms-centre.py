#!/usr/bin/env python3
"""The simulated SMS centre: runs Kannel's fakesmsc and writes down every SMS that it is given, readable.

sms-centre.py PORT FILE appends one JSON object a line to FILE: time (UTC), from, to, text. Parts of a long SMS are joined.
"""
import datetime
import json
import re
import signal
import subprocess
import sys
import urllib.parse

FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
MESSAGE = re.compile(rb"Got message \d+: <(\S+) (\S+) (text|data|ucs-2|udh)(?: (.*))?>$", re.S)


def decoded(kind, data):
    """Text and, for a part of a longer SMS, (reference, total, number)."""
    if kind == b"text":
        return data.decode("utf-8", "replace"), None
    if kind == b"udh":
        header, coding, data = data.split(b" ", 2)
        header = urllib.parse.unquote_to_bytes(header.replace(b"+", b" "))
        part = tuple(header[3:6]) if header[:3] == b"\x05\x00\x03" else None
        if coding == b"text":
            return data.decode("utf-8", "replace"), part
    else:
        part = None
    return urllib.parse.unquote_to_bytes(data.replace(b"+", b" ")).decode("utf-16-be", "replace"), part


def main(port, path):
    # It wants a message to send; 0 of them means that it only listens.
    centre = subprocess.Popen(
        [FAKESMSC, "-H", "127.0.0.1", "-r", port, "-m", "0", "0 0 text none"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    signal.signal(signal.SIGTERM, lambda *_: centre.terminate())
    parts = {}
    with open(path, "a", encoding="utf-8", buffering=1) as ledger:
        for line in centre.stderr:
            match = MESSAGE.search(line.rstrip(b"\n"))
            if not match:
                print(line.decode("utf-8", "replace"), end="", flush=True)
                continue
            sender, receiver, kind, data = match.groups()
            text, part = decoded(kind, data or b"")
            if part:
                seen = parts.setdefault((receiver, part[0]), {})
                seen[part[2]] = text
                if len(seen) < part[1]:
                    continue
                text = "".join(text for _, text in sorted(parts.pop((receiver, part[0])).items()))
            now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
            entry = {"time": now, "from": sender.decode(), "to": receiver.decode(), "text": text}
            ledger.write(json.dumps(entry, ensure_ascii=False) + "\n")
    return centre.wait() and 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
