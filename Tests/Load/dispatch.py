#!/usr/bin/env python3
"""Two helpers of the figures about dispatch.

tokens KEY TOKEN: access tokens like TOKEN, one for each line "ID NAME" of the standard input, signed with the Ed25519 key of
the file KEY (base64), so that a thousand people need not sign in one after another.

ask PORT TURNS: asks the dispatcher on 127.0.0.1:PORT for each line "TOKEN PATH" of the standard input, one after another on
one connection, by turns until TURNS answers have come. Prints the 99th percentile in ms.
"""
import base64
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time


def plain(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def coded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def tokens(key_file, like):
    head, body, _ = like.split(".")
    claims = json.loads(plain(body))
    claims.pop("sid", None)
    with open(key_file, encoding="ascii") as file:
        key = base64.b64decode(file.read().split(",")[0].strip())
    with tempfile.TemporaryDirectory() as folder:
        # RFC 8410: the key as OpenSSL reads it.
        with open(folder + "/key", "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(bytes.fromhex("302e020100300506032b657004220420") + key)
        for line in sys.stdin:
            staff, name = line.rstrip("\n").split(" ", 1)
            claims.update(sub=staff, name=name, roles=["engineer"])
            text = head + "." + coded(json.dumps(claims).encode())
            with open(folder + "/text", "wb") as file:
                file.write(text.encode())
            signature = subprocess.run(
                ["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", folder + "/key", "-in", folder + "/text"],
                check=True, capture_output=True).stdout
            print(text + "." + coded(signature))


def ask(port, turns):
    lines = [line.split() for line in sys.stdin]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times = []
    for turn in range(turns):
        token, path = lines[turn % len(lines)]
        begin = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": "Bearer " + token})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            sys.exit(f"GET {path}: {answer.status} {text[:300]}")
        times.append((time.perf_counter() - begin) * 1000)
    print(f"{sorted(times)[len(times) * 99 // 100]:.2f}")


if sys.argv[1] == "tokens":
    tokens(sys.argv[2], sys.argv[3])
else:
    ask(int(sys.argv[2]), int(sys.argv[3]))
