#!/usr/bin/env python3
"""phone.py PORT TOKEN DEVICE FILE

A telephone comes back after three days without a line. FILE has the ids of its twenty work orders, whose first visit waits
for the engineer's arrival; it has done ten things on each, and made two photos. It speaks to the dispatcher on
127.0.0.1:PORT through a line of 2 Mbit/s each way, which is cut in the middle of a piece of a photo, twice; the first answer
to its commands is lost as well. It knows no more than docs/phone.md says.

Prints: bytes sent over the line, bytes of the photos and commands, photos of which as many bytes were sent as it would take
to send them twice, seconds, seconds that the line needs at least, cuts. Ends with words when it is not in step then.
"""
import base64
import datetime
import hashlib
import http.client
import json
import os
import random
import socket
import struct
import sys
import threading
import time
import uuid

API = "/api/dispatch/v1"
RATE = 2_000_000 / 8
PIECE = 256 << 10
PHOTO = 512 << 10


class Line:
    """A proxy that lets RATE bytes a second pass in each direction, and can be cut."""

    def __init__(self, port, cuts):
        self.port, self.cuts, self.cut_count, self.up, self.lose = port, list(cuts), 0, 0, False
        self.listener = socket.socket()
        # Little is under way: what the telephone has written is nearly all on the line.
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            phone = self.listener.accept()[0]
            service = socket.create_connection(("127.0.0.1", self.port))
            service.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, target in ((phone, service), (service, phone)):
                threading.Thread(target=self.carry, args=(source, target, source is phone), daemon=True).start()

    def carry(self, source, target, is_up):
        free = time.monotonic()
        try:
            while data := source.recv(8192):
                free = max(free, time.monotonic()) + len(data) / RATE
                time.sleep(max(0, free - time.monotonic()))
                if is_up:
                    self.up += len(data)
                    if self.cuts and self.up >= self.cuts[0]:
                        self.cuts.pop(0)
                        return self.cut(source, target)
                elif self.lose:
                    self.lose = False
                    return self.cut(source, target)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def cut(self, *ends):
        self.cut_count += 1
        for end in ends:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.shutdown(socket.SHUT_RDWR)
            end.close()


class Phone:
    def __init__(self, token):
        self.token, self.line, self.connection = token, None, None

    def ask(self, method, path, body=None, **headers):
        """Nothing when the line was cut."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.line, timeout=60)
            self.connection.connect()
            self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self.connection.request(method, API + path, body, {"Authorization": "Bearer " + self.token, **headers})
            answer = self.connection.getresponse()
            answer.text = answer.read()
            return answer
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            return None

    def send(self, photo, name):
        """Bytes that were begun to be sent."""
        digest = "sha-256=:" + base64.b64encode(hashlib.sha256(photo).digest()).decode() + ":"
        offset, sent = 0, 0
        while offset < len(photo):
            piece = photo[offset:offset + PIECE]
            sent += len(piece)
            answer = self.ask(
                "PUT", f"/files/{name}", piece, Content_Type="image/jpeg", Repr_Digest=digest,
                Content_Range=f"bytes {offset}-{offset + len(piece) - 1}/{len(photo)}")
            while answer is None:
                answer = self.ask("HEAD", f"/files/{name}")
            if answer.status not in (200, 201, 404):
                sys.exit(f"a photo was not taken: {answer.status} {answer.text[:300]}")
            offset = 0 if answer.status == 404 else int(answer.getheader("Upload-Offset"))
        return sent


def moment(time_of_day):
    return datetime.datetime.fromtimestamp(time_of_day, datetime.timezone.utc).isoformat(timespec="milliseconds")


def commands(orders, photos, begin, end):
    """Ten things done on each work order, from three days ago until now."""
    made = []

    def did(order, action, **more):
        at = begin + (end - begin) * len(made) / (10 * len(orders))
        made.append({"id": str(uuid.uuid4()), "sequence": len(made) + 1, "at": moment(at), "workOrder": order, "visit": 1,
                     "action": action, **more})

    for number, order in enumerate(orders):
        did(order, "arrive")
        for part in range(8):
            did(order, "urgent-part", reason=f"缺第{part + 1}个配件", fields={})
        did(order, "sheet", fields={
            "handling": "更换电容，清洗滤网，试机正常", "result": "task-done", "photos": photos[2 * number:2 * number + 2]})
    return made


def main():
    port, token, device = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    with open(sys.argv[4], encoding="ascii") as file:
        orders = file.read().split()
    phone = Phone(token)
    chance = random.Random(20261123)
    photos = {str(uuid.uuid4()): b"\xff\xd8\xff" + chance.randbytes(PHOTO - 3) for _ in range(2 * len(orders))}
    now = float(os.environ["SUITE_NOW"]) - time.time()
    told = commands(orders, list(photos), time.time() + now - 3 * 86_400, time.time() + now - 60)

    def batch():
        return json.dumps({"device": device, "sentAt": moment(time.time() + now), "more": False, "commands": told}).encode()

    payload = sum(map(len, photos.values())) + len(batch())
    # In the second piece of a photo, and in the first of another.
    line = Line(port, [int(payload * 0.31) // PHOTO * PHOTO + PIECE * 3 // 2, int(payload * 0.73) // PHOTO * PHOTO + PIECE // 2])
    phone.line = line.listener.getsockname()[1]
    begin = time.monotonic()
    twice = sum(phone.send(photo, name) >= 2 * len(photo) for name, photo in photos.items())
    line.lose = True
    if phone.ask("POST", "/sync", batch(), Content_Type="application/json") is not None:
        sys.exit("the answer to the commands was not lost")
    answer = phone.ask("POST", "/sync", batch(), Content_Type="application/json")
    while True:
        if answer is None or answer.status != 200:
            sys.exit(f"the commands were not taken: {answer and answer.text[:300]}")
        outcome = json.loads(answer.text)
        if all(one["result"] != "waiting" for one in outcome["answers"]):
            break
        answer = phone.ask("POST", "/sync", batch(), Content_Type="application/json")
    took = time.monotonic() - begin
    others = [one for one in outcome["answers"] if one["result"] != "done"]
    if others or outcome["next"] != len(told) + 1:
        sys.exit(f"{len(others)} of {len(told)} commands were not done, such as {others[:1]}")
    for name, photo in photos.items():
        stand = phone.ask("HEAD", f"/files/{name}")
        if (stand.getheader("Upload-Complete"), int(stand.getheader("Upload-Offset"))) != ("?1", len(photo)):
            sys.exit(f"the photo {name} is not there as a whole")
    if line.cuts:
        sys.exit("the line was not cut twice")
    sent = line.up
    print(f"{sent} {payload} {twice} {took:.1f} {payload / RATE:.1f} {line.cut_count}")


main()
