"""The example client of docs/api, run against the real processes as two agencies' systems would."""

import importlib.util
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.ends import FAR

PATH = Path(__file__).resolve().parent.parent / "docs" / "api" / "client.py"
FACTS = {
    "age_band": "18_20",
    "gender_identity": "woman_girl",
    "situation": "left_recently",
    "service_language": "en",
}
BASIS = {"code": "express_informed", "audience": ["cas"], "until": FAR, "form": "spoken"}


@pytest.fixture(scope="module")
def client():
    spec = importlib.util.spec_from_file_location("client", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_two_systems_refer_and_accept(client, live_relay, world):
    url = f"{live_relay.url}/api/v1"
    peel = client.Relay(url, token=world.token("peel-cas"))
    ottawa = client.Relay(url, token=world.token("ottawa-cas"))
    case = peel.open_case(**FACTS)
    asked = {
        "to_desk": "ottawa-cas",
        "services": ["emergency_shelter"],
        "urgency": "urgent",
        "basis": BASIS,
        "key": "one",
    }
    sent = peel.refer(case["reference"], **asked)
    assert peel.refer(case["reference"], **asked) == sent, "the same key creates nothing again"

    (found,) = ottawa.box("inbox", urgency="urgent")
    assert found["reference"] == sent["reference"]
    accepted = ottawa.act(found, "accept")
    assert accepted["responsible_desk"] == "ottawa-cas"

    with pytest.raises(client.Problem) as late:
        ottawa.act(found, "accept")
    assert (late.value.status, "complete" in late.value.actions) == (409, True)
    with pytest.raises(client.Problem) as stale:
        ottawa.act(found, "start")
    assert stale.value.status == 412
    done = ottawa.act(accepted, "complete", outcomes={"emergency_shelter": "connected"})
    assert done["status"] == "completed"
    with pytest.raises(client.Problem) as unknown:
        client.Relay(url, token="relay_nothing").get("me")
    assert unknown.value.status == 401


@pytest.fixture
def scripted():
    """Serve answers in turn; `asked` are the requests' keys."""
    answers, asked = [], []

    class Scripted(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.headers["Idempotency-Key"])
            status, kind, body = answers.pop(0)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Scripted)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", answers, asked
    server.shutdown()
    thread.join()
    server.server_close()


SLOWER = (429, "application/problem+json", json.dumps({"detail": "Too many requests."}))


def test_the_client_waits_and_asks_again_with_the_same_key(client, scripted):
    url, answers, asked = scripted
    answers += [SLOWER, (201, "application/json", '{"reference": "x"}')]
    assert client.Relay(url, token="t").open_case() == {"reference": "x"}
    assert asked[0] == asked[1]
    answers += [SLOWER] * 3
    with pytest.raises(client.Problem) as slow:
        client.Relay(url, token="t").open_case()
    assert slow.value.status == 429


def test_an_answer_of_a_proxy_is_a_problem_too(client, scripted):
    url, answers, _asked = scripted
    answers.append((502, "text/html", "<h1>Bad gateway</h1>"))
    with pytest.raises(client.Problem) as away:
        client.Relay(url, token="t").open_case()
    assert away.value.status == 502
