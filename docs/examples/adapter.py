#!/usr/bin/python3
"""A channel adapter: publishes one request, waits for the answer, prints the ticket's number or every fault.

adapter.py SUBJECT [PHONE]    environment: PAIDAN_BROKER_HOST, _PORT, _VHOST, _USER, _PASSWORD
Needs pika (Debian: python3-pika) and a user made by `paidan adapter add NAME`. Ends with 2 if refused, 3 if unanswered.
"""
import json, os, sys, uuid  # noqa: E401

import pika

broker = {"HOST": "127.0.0.1", "PORT": "5672", "VHOST": "paidan", "USER": "example", "PASSWORD": ""}
broker = {key: os.environ.get(f"PAIDAN_BROKER_{key}", default) for key, default in broker.items()}
subject, phone = sys.argv[1], (sys.argv[2:] or ["13800138000"])[0]

connection = pika.BlockingConnection(pika.ConnectionParameters(
    broker["HOST"], int(broker["PORT"]), broker["VHOST"], pika.PlainCredentials(broker["USER"], broker["PASSWORD"])))
channel = connection.channel()
channel.confirm_delivery()  # basic_publish now raises unless the broker has stored the request

request = {"subject": subject, "kind": "repair", "customer": {"name": "示例客户", "phone": phone}}
message = str(uuid.uuid4())  # published again with the same id, a request makes no second ticket
properties = pika.BasicProperties(
    type="inbound.request.v1", content_type="application/json", delivery_mode=2, message_id=message,
    user_id=broker["USER"], reply_to="reply." + broker["USER"])
channel.basic_publish("paidan.inbound", "inbound.example", json.dumps(request).encode(), properties, mandatory=True)

for method, _, body in channel.consume(properties.reply_to, inactivity_timeout=10):
    if method is None:
        print("no answer within 10 s: the request is stored, its answer will wait in the queue", file=sys.stderr)
        sys.exit(3)
    channel.basic_ack(method.delivery_tag)
    answer = json.loads(body)
    if answer.get("request") == message:
        break
for fault in answer.get("faults") or []:
    print(f"refused: {fault['field']}: {fault['message']}")
print(answer.get("number") or answer["outcome"])
sys.exit(0 if answer["outcome"] == "accepted" else 2)
