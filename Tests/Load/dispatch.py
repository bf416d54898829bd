#!/usr/bin/env python3
"""Two helpers of the figures about dispatch.

tokens KEY TOKEN: access tokens like TOKEN, one for each line "ID NAME" of the standard input, signed with the Ed25519 key of
the file KEY (base64), so that thousands of people need not sign in one after another. Each has a session with his own id.

ask PORT TURNS: asks the dispatcher on 127.0.0.1:PORT for each line "TOKEN PATH" of the standard input, one after another on
one connection, by turns until TURNS answers have come. Prints the 99th percentile in ms.
"""
import base64
import ctypes
import http.client
import json
import sys
import time


def plain(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def coded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def tokens(key_file, like):
    head, body, _ = like.split(".")
    claims = json.loads(plain(body))
    with open(key_file, encoding="ascii") as file:
        key = base64.b64decode(file.read().split(",")[0].strip())
    crypto = ctypes.CDLL("libcrypto.so.3")
    for name in ("EVP_PKEY_new_raw_private_key", "EVP_MD_CTX_new"):
        getattr(crypto, name).restype = ctypes.c_void_p
    ed25519 = 1087  # NID_ED25519
    key = ctypes.c_void_p(crypto.EVP_PKEY_new_raw_private_key(ed25519, None, key, ctypes.c_size_t(len(key))))
    for line in sys.stdin:
        staff, name = line.rstrip("\n").split(" ", 1)
        claims.update(sub=staff, name=name, roles=["engineer"], sid=staff)
        text = (head + "." + coded(json.dumps(claims).encode())).encode()
        signature, length = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
        context = ctypes.c_void_p(crypto.EVP_MD_CTX_new())
        if crypto.EVP_DigestSignInit(context, None, None, None, key) != 1 or crypto.EVP_DigestSign(
                context, signature, ctypes.byref(length), text, ctypes.c_size_t(len(text))) != 1:
            sys.exit("libcrypto does not sign")
        crypto.EVP_MD_CTX_free(context)
        print(text.decode() + "." + coded(signature.raw))


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
