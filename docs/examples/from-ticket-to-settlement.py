#!/usr/bin/python3
"""A job from the ticket to the station's statement, over the public API alone. 从报修到结算，只用公开接口。

from-ticket-to-settlement.py FRONT s0-stations|s1-computer|s3-repair|s4-onsite

FRONT is where the suite is reached, such as http://127.0.0.1:8080 (./paidan up prints it). Signs in as people of the demo with
one-time passwords from `./paidan staff password`; PAIDAN names another path of that script. Prints every step; ends with 1
where an answer is not what it should be.
"""
import base64
import hashlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

front, story = sys.argv[1].rstrip("/"), sys.argv[2]
tokens = {}


def call(method, path, body=None, who=None, headers=None, data=None):
    """The answer to one request, decoded; an answer that is an error ends the script."""
    headers = dict(headers or {})
    if body is not None:
        data = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    if who:
        headers["Authorization"] = "Bearer " + token(who)
    request = urllib.request.Request(front + path, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return json.loads(text) if text.startswith((b"{", b"[")) else text.decode()
    except urllib.error.HTTPError as error:
        sys.exit(f"{who or 'customer'} {method} {path}: {error.code} {error.read().decode()}")


def token(login):
    if login not in tokens:
        script = os.environ.get("PAIDAN", "./paidan")
        password = subprocess.run([script, "staff", "password", login], check=True, capture_output=True, text=True).stdout
        body = {"login": login, "password": password.strip(), "cookies": False}
        tokens[login] = call("POST", "/api/dispatch/v1/sessions", body)["token"]
    return tokens[login]


def staff(login):
    """The id of one of the demo's people."""
    people = call("GET", f"/api/dispatch/v1/staff?words={login}&limit=200", who="admin")["items"]
    return next(one["id"] for one in people if one["login"] == login)


class Job:
    """A ticket and its work order."""

    def __init__(self, process, **request):
        self.process = f"/api/dispatch/v1/processes/{process}"
        call("POST", f"{self.process}/versions/newest/in-force", who="admin")
        request["customer"] = {"name": "张三", "phone": "13800138123", "email": "zhang@example.cn"}
        who = request.pop("who", None)
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        self.number = call("POST", "/api/intake/v1/tickets", request, who, headers)["number"]
        end = time.monotonic() + 30
        found = []
        while not found and time.monotonic() < end:
            found = call("GET", f"/api/dispatch/v1/work-orders?ticket={self.number}", who="desk")["items"]
            time.sleep(0 if found else 0.1)
        call("DELETE", f"{self.process}/in-force", who="admin")
        if not found or found[0]["process"]["code"] != process:
            sys.exit(f"{self.number} did not begin with {process}: {found}")
        self.path = f"/api/dispatch/v1/work-orders/{found[0]['id']}"
        print(f"{self.number} by {process}")

    def does(self, who, action, then=None, visit=None, **body):
        """An action of the process; `then` is the step of the work order after it."""
        place = f"{self.path}/visits/{visit}" if visit else self.path
        answer = call("POST", f"{place}/actions/{action}", body, who)
        step = answer["work"]["step"]
        print(f"  {who}: {action}" + (f" (visit {visit})" if visit else "") + f" -> {step}")
        if then and step != then:
            sys.exit(f"{action} led to {step} and not to {then}")
        return answer

    def photo(self, who):
        """Sends a photo in one piece; docs/phone.md has how a telephone does it over a bad line."""
        data, name = b"\xff\xd8\xff\xe0 a photo \xff\xd9", str(uuid.uuid4())
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        headers = {"Content-Type": "image/jpeg", "Repr-Digest": f"sha-256=:{digest}:"}
        call("PUT", f"/api/dispatch/v1/files/{name}", who=who, headers=headers, data=data)
        return name

    def settle(self, who, lines, station):
        """Enters the lines, has them reviewed, and finds them in the statement, to the fen."""
        month = None
        for line in lines:
            entered = call("POST", f"{self.path}/charges", {"id": str(uuid.uuid4()), **line}, who)
            passed = call("POST", f"/api/dispatch/v1/charges/{entered['id']}/review", {"passes": True}, "supervisor")
            month = passed["month"]
            print(f"  {who}: {line['text']} {passed['amount']} fen, borne by {passed['bearer']}; passed")
        statement = call("GET", f"/api/dispatch/v1/settlements/{station}/{month}", who="finance")
        mine = sum(line["charge"]["amount"] for line in statement["lines"] if line["ticket"] == self.number)
        wanted = sum(line.get("quantity", 1) * line["price"] for line in lines)
        if mine != wanted:
            sys.exit(f"{mine} fen stand in the statement, {wanted} were entered")
        for way in ("byBearer", "byKind"):
            if sum(statement[way].values()) != statement["total"]:
                sys.exit(f"the statement does not balance {way}: {statement[way]}, {statement['total']}")
        print(f"  {station} {month}: {statement['total']} fen, of which {mine} are this job's; balanced")


LATER = {"appointment": "2099-01-01T09:00:00+08:00"}
LINES = [
    {"kind": "part", "text": "电容", "quantity": 2, "price": 1999},
    {"kind": "labour", "text": "工时", "price": 8000},
    {"kind": "travel", "text": "路费", "price": 3001},
    {"kind": "subsidy", "text": "工时补贴", "price": 5000},
]


def s0_stations():
    """A station does it: assigned, sent, done, called back, reviewed, settled (S0.34 to S0.45)."""
    job = Job("s0-stations", subject="漏水", description="厨房漏水", kind="repair")
    job.does("desk", "register", "assign")
    job.does("desk", "assign", "station", candidate={"station": "shanghai"})
    job.does("shanghai-station", "send", candidate={"staff": staff("shanghai-station")})
    job.does("shanghai-station", "depart", visit=1)
    job.does("shanghai-station", "arrive", visit=1)
    sheet = {"handling": "换垫圈", "result": "task-done", "signature": "s"}
    job.does("shanghai-station", "finish", visit=1, fields=sheet)
    costs = {"warranty_scope": "inside", "travel": 3001, "labour": 8000}
    job.does("shanghai-station", "submit", "callback", fields=costs)
    job.does("desk", "passed", "review", fields={"satisfaction": "good"})
    job.settle("shanghai-station", LINES, "shanghai")
    job.does("supervisor", "approve", "commerce")
    job.does("finance", "settle", "closed")


def s1_computer():
    """A task order with one service order, called back, complete (S1.28 to S1.34)."""
    departments = [one["code"] for one in call("GET", "/api/dispatch/v1/departments", who="admin")["items"]]
    if "computer" not in departments:
        name = {"zh": "计算机及外设维修部", "en": "Computers"}
        call("POST", "/api/dispatch/v1/departments", {"code": "computer", "name": name, "parent": "service"}, "admin")
    call("PUT", "/api/dispatch/v1/work-roles/seat", {"members": [staff("desk")]}, "admin")
    job = Job(
        "s1-computer", subject="电脑不开机", description="开机无显示", kind="repair", key="3", department="computer",
        who="desk")
    task = {
        "contact": "李四", "contact_address": "二楼机房", "customer_type": "contract", "repair_type": "lenovo",
        "fault": "开机无显示"}
    job.does("desk", "new-task", "task-new", fields=task)
    job.does("dispatcher", "new-service", "dispatched", candidate={"staff": staff("engineer")})
    job.does("engineer", "confirm", visit=1)
    job.does("engineer", "depart", visit=1)
    job.does("engineer", "arrive", visit=1)
    sheet = {"method": "更换", "result": "task-done", "content": ["disk"], "repaired": "2026-11-23T16:30:00+08:00"}
    job.does("engineer", "finish", "call-back", visit=1, fields=sheet)
    job.does("dispatcher", "call", "confirm", visit=1, fields={"satisfaction": "good"})
    job.does("supervisor", "complete", "complete")
    job.settle("engineer", LINES, "computer")


def s3_repair():
    """Pool, first to accept, on site, signed, paid, confirmed, called back (S3.20)."""
    job = Job("s3-repair", subject="空调不制冷", description="吹热风", kind="repair")
    for line in call("GET", f"{job.path}/engineers?limit=3", who="desk")["items"]:
        print("  suggested:", line["staff"]["name"], "-", "; ".join(reason["words"]["en"] for reason in line["reasons"]))
    job.does("desk", "to-pool", "offered", offerTo=[staff("engineer"), staff("engineer2")])
    offer = call("GET", f"{job.path}/offers", who="desk")["items"][0]["id"]
    call("POST", f"/api/dispatch/v1/offers/{offer}/acceptance", who="engineer2")
    print("  engineer2: accepts the offer")
    job.does("engineer2", "open-sheet", "in-service", candidate={"staff": staff("engineer2")})
    job.does("engineer2", "appoint", visit=1, fields=LATER)
    job.does("engineer2", "depart", visit=1)
    job.does("engineer2", "arrive", visit=1)
    sheet = {"handling": "换电容", "result": "task-done", "signature": "s", "photos": [job.photo("engineer2")]}
    job.does("engineer2", "finish", "payment", visit=1, fields=sheet)
    paid = {"id": str(uuid.uuid4()), "amount": 20000, "means": "wechat"}
    call("POST", f"{job.path}/payments", paid, "engineer2")
    job.does("engineer2", "collected", "finance", fields={"paid": 20000, "pay_by": "wechat"})
    call("POST", f"/api/dispatch/v1/payments/{paid['id']}/confirmation", {"received": True}, "finance")
    job.does("finance", "confirm-payment", "callback")
    job.does("desk", "passed", "closed", fields={"rating": "good"})
    job.settle("engineer2", LINES, "service")


def s4_onsite():
    """Verified, dispatched, agreed, signed with the photo of the sheet, filed, called back (S4.10 to S4.24)."""
    call("PUT", "/api/dispatch/v1/work-roles/service-post", {"members": [staff("desk")]}, "admin")
    job = Job("s4-onsite", subject="服务器坏", description="开不了机", kind="field-order")
    job.does("manager", "verified", "dispatch")
    job.does("manager", "dispatch", "in-field", candidate={"staff": staff("engineer")})
    job.does("engineer", "appoint", visit=1, fields=LATER)
    job.does("engineer", "depart", visit=1)
    job.does("engineer", "arrive", visit=1)
    sheet = {"handling": "换板", "result": "task-done", "signature": "s", "photo": [job.photo("engineer")]}
    job.does("engineer", "finish", "papers", visit=1, fields=sheet)
    job.does("desk", "filed", "call-back")
    job.does("desk", "content", "signed")
    job.does("manager", "sign", "closed", fields={"sample": False})
    job.settle("engineer", LINES, "service")


stories = {"s0-stations": s0_stations, "s1-computer": s1_computer, "s3-repair": s3_repair, "s4-onsite": s4_onsite}
if story not in stories:
    sys.exit("one of " + ", ".join(stories))
stories[story]()
