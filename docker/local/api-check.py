"""How ./paidan api-check signs in: with a password that stays, so that a session that a test ended is followed by another."""

import json
import os
import urllib.request

import schemathesis


@schemathesis.auth(refresh_interval=15)
class SignIn:
    def get(self, case, context):
        body = {"login": os.environ["API_LOGIN"], "password": os.environ["API_PASSWORD"], "cookies": False}
        request = urllib.request.Request(
            os.environ["API_URL"] + "/sessions", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)["token"]

    def set(self, case, token, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}
