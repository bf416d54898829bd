#!/usr/bin/env python3
"""Asks the dispatcher on 127.0.0.1:PORT to explain clocks of its work orders, one after another on one connection.

Signs in as `manager` with the one-time password in PASSWORD. Prints the 99th percentile in ms.
"""
import http.client
import json
import os
import sys
import time

connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
base = "/api/dispatch/v1"


def ask(method, path, body=None, token=None):
    headers = {"Content-Type": "application/json"} if body else {}
    if token:
        headers["Authorization"] = "Bearer " + token
    connection.request(method, base + path, json.dumps(body) if body else None, headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        sys.exit(f"{method} {path}: {answer.status} {text[:300]}")
    return json.loads(text)


login = {"login": "manager", "password": os.environ["PASSWORD"], "cookies": False}
token = ask("POST", "/sessions", login)["token"]
places = []
for order in ask("GET", "/work-orders?view=open&limit=50", token=token)["items"]:
    for clock in ask("GET", f"/work-orders/{order['id']}/clocks", token=token)["items"]:
        places.append(f"/work-orders/{order['id']}/clocks/{clock['id']}/explain")
if not places:
    sys.exit("there is no clock to explain")
times = []
for turn in range(1000):
    begin = time.perf_counter()
    ask("GET", places[turn % len(places)], token=token)
    times.append((time.perf_counter() - begin) * 1000)
print(f"{sorted(times)[990]:.2f}")
