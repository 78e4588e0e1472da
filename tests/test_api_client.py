"""The example client of docs/api, run against the real processes as two agencies' systems would."""

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PATH = Path(__file__).resolve().parent.parent / "docs" / "api" / "client.py"
FACTS = {
    "age_band": "18_20",
    "gender_identity": "woman_girl",
    "situation": "left_recently",
    "service_language": "en",
}
BASIS = {"code": "express_informed", "audience": ["cas"], "until": "2099-12-31"}


@pytest.fixture(scope="module")
def client():
    spec = importlib.util.spec_from_file_location("client", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
