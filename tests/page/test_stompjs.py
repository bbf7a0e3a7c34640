"""The STOMP client that browsers use, unmodified from npm, connects to the WebSocket door."""

from __future__ import annotations

import json
import subprocess
import tarfile

import pytest

from tests.conftest import require
from tests.page.browser import Opens, Relay
from tests.system.server import PATIENCE, Line

PACKAGE = "@stomp/stompjs@7"
BUNDLE = "package/bundles/stomp.umd.js"
# Connects, subscribes, says something, and waits until all of it has come round.
TALKS = """async ([url, text]) => {
  const heard = [];
  const client = new StompJs.Client({ brokerURL: url, connectHeaders: { login: "stompjs" }, reconnectDelay: 0 });
  const connected = await new Promise((resolve, reject) => {
    client.onConnect = resolve;
    client.onStompError = client.onWebSocketError = reject;
    client.activate();
  });
  client.subscribe("/me", (message) => heard.push([message.headers.event, message.body]));
  const room = new Promise((resolve) => client.subscribe("/room/lobby", (message) => {
    heard.push([message.headers.event, message.headers.from, message.body]);
    if (message.headers.from !== "stompjs") resolve();
  }));
  const receipt = new Promise((resolve) => client.watchForReceipt("r1", (frame) => resolve(frame.headers.seq)));
  client.publish({ destination: "/room/lobby", body: text, headers: { receipt: "r1" } });
  const seq = await receipt;
  await room;
  const version = client.connectedVersion;
  await client.deactivate();
  return { version, user: connected.headers.user, seq, heard };
}"""


@pytest.fixture(scope="module")
def stompjs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The client as npm has it: one file, for browsers."""
    npm = require("npm")
    folder = tmp_path_factory.mktemp("npm")
    made = subprocess.run(
        [npm, "pack", "--json", PACKAGE], cwd=folder, capture_output=True, text=True, timeout=4 * PATIENCE, check=False
    )
    require(made.returncode == 0, f"{PACKAGE}, from npm")
    with tarfile.open(folder / json.loads(made.stdout)[0]["filename"]) as package:
        bundle = package.extractfile(BUNDLE)
        assert bundle
        return bundle.read().decode()


def test_the_client_of_browsers_talks_with_a_person(visit: Opens, port: int, relay: Relay, stompjs: str) -> None:
    page = visit().goes().page  # served by the server, so that a WebSocket to it is allowed; ours has not come in
    page.evaluate(stompjs)
    with Line(port, name="oscar") as oscar:
        url = relay.url.replace("http", "ws") + "stomp"
        page.evaluate(f"(given) => {{ window.talk = ({TALKS})(given); }}", [url, "안녕하세요 สวัสดี"])
        oscar.reads("<stompjs> 안녕하세요 สวัสดี")
        oscar.types("반갑습니다 " + "x" * 5000)
        result = page.evaluate("window.talk")
        oscar.reads("* stompjs quit")
    assert (result["version"], result["user"], result["seq"]) == ("1.2", "stompjs", "1")
    assert result["heard"] == [
        ["answer", "You are in #lobby with oscar.\nMessages here are kept."],
        ["said", "stompjs", "안녕하세요 สวัสดี"],
        ["said", "oscar", "반갑습니다 " + "x" * 5000],
    ]
