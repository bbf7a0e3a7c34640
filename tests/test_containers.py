"""The images and the compose file say what the code says: commands, ports, names in the environment, the user.

No container engine is needed. docs/howto/run-in-containers.md tells how the images were tried without one.
"""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from chatproto.client.options import SETTINGS, chosen
from chatproto.configuration import Configuration
from chatproto.configuration.names import KNOWN, PORT
from tests.system.server import PATIENCE, ROOT, Server

DOCKERFILES = ("Dockerfile", "Dockerfile.client")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SERVER, CLIENT = "chat_server", "chat_client"


@dataclass
class Image:
    """A Dockerfile, as far as it is read here: its instructions, and those of its last stage."""

    steps: list[tuple[str, str]]

    @property
    def last(self) -> list[tuple[str, str]]:
        start = max(place for place, (word, _) in enumerate(self.steps) if word == "FROM")
        return self.steps[start:]

    def all(self, word: str) -> list[str]:
        return [rest for found, rest in self.last if found == word]

    def one(self, word: str) -> str:
        [found] = self.all(word)
        return found

    @property
    def environ(self) -> dict[str, str]:
        return dict(part.split("=", 1) for part in shlex.split(self.one("ENV")))

    def command(self, word: str) -> list[str]:
        """Return the command of an instruction, which must be in the exec form: no shell in between."""
        rest = self.one(word)
        found = json.loads(rest[rest.index("[") :])
        assert isinstance(found, list)
        return found


def image(name: str) -> Image:
    text = re.sub(r"^#.*\n", "", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", "")
    return Image([(line.split()[0], line.split(None, 1)[1].strip()) for line in text.splitlines() if line.strip()])


def compose() -> dict[str, Any]:
    found = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


# --- the images -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCKERFILES)
def test_an_image_is_slim_and_does_not_run_as_root(name: str) -> None:
    made = image(name)
    [number] = re.findall(r"useradd --uid (\d+)", made.one("RUN"))

    assert {rest.split()[0] for word, rest in made.steps if word == "FROM"} == {"python:3.13-slim"}
    assert made.one("USER") == number != "0"
    assert [word for word, _ in made.last].index("USER") > [word for word, _ in made.last].index("RUN")


@pytest.mark.parametrize("name", DOCKERFILES)
def test_output_is_not_buffered(name: str) -> None:
    assert image(name).environ["PYTHONUNBUFFERED"] == "1"


@pytest.mark.parametrize("name", DOCKERFILES)
def test_an_image_copies_what_the_package_is_built_from_and_nothing_else(name: str) -> None:
    copied = {
        path
        for word, rest in image(name).steps
        if word == "COPY" and "--from" not in rest
        for path in rest.split()[:-1]
    }
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]

    assert (
        copied
        == set(allowed)
        == {"pyproject.toml", PROJECT["readme"], *PROJECT["license-files"], "chatproto", "twisted"}
    )
    assert all((ROOT / path).exists() for path in copied)


def test_the_builder_gets_no_settings_and_no_data_of_this_machine() -> None:
    ignored, *rules = [
        line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] not in "#!"
    ]

    assert ignored == "*"
    assert all(any(fnmatch.fnmatch(path, rule) for rule in rules) for path in ("a/b/__pycache__", "x/dropin.cache"))


@pytest.mark.parametrize("name", DOCKERFILES)
def test_the_extras_that_an_image_installs_are_there(name: str) -> None:
    [extras] = re.findall(r"'/src\[([a-z,]+)\]'", "".join(rest for word, rest in image(name).steps if word == "RUN"))

    assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"])


def test_the_server_listens_where_the_image_says_and_keeps_where_the_volume_is() -> None:
    made = image("Dockerfile")
    environ = made.environ

    assert made.one("EXPOSE").split() == [PORT, environ["CHAT_WEB"]]
    assert made.one("VOLUME") == made.one("WORKDIR") == environ["XDG_STATE_HOME"]
    assert {name for name in environ if name.startswith("CHAT_")} <= KNOWN


def test_the_health_check_needs_nothing_but_python_and_asks_the_servers_port() -> None:
    found = image("Dockerfile").command("HEALTHCHECK")

    assert found[0] == "python"
    assert f"('127.0.0.1', {PORT})" in found[-1]


def test_an_image_started_ends_well_and_is_found_healthy_in_between(tmp_path: Path) -> None:
    """The very commands, in the image's environment and no other, with its folders somewhere else."""
    made = image("Dockerfile")
    environ = {name: value.replace("/data", str(tmp_path)) for name, value in made.environ.items() if name != "PATH"}
    bin_ = Path(sys.executable).parent
    twistd, *rest = made.command("ENTRYPOINT")
    server = Server(tmp_path, "--port", "tcp:0", "--web", "", command=(str(bin_ / twistd), *rest), environ=environ)
    with server:
        port = str(server.port())
        check = [part.replace(PORT, port) for part in made.command("HEALTHCHECK")]
        healthy = subprocess.run([bin_ / check[0], *check[1:]], timeout=PATIENCE, check=False).returncode
        status = server.ends(signal.SIGTERM)
        dead = subprocess.run([bin_ / check[0], *check[1:]], capture_output=True, timeout=PATIENCE, check=False)

    assert (healthy, status, dead.returncode) == (0, 0, 1)
    assert (tmp_path / "chatproto" / "chat.sqlite").exists()


def test_the_client_starts_as_the_image_starts_it() -> None:
    command = image("Dockerfile.client").command("ENTRYPOINT")
    told = subprocess.run(
        [sys.executable, *command[1:], "--help"], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=True
    )

    assert command == ["python", "-m", "chatproto.client"]
    assert "CHAT_HOST" in told.stdout


# --- the compose file -----------------------------------------------------------------------------


def test_it_has_the_services_of_the_class_program() -> None:
    """SEEDS S1.7: a server with a published port, a network, a client that somebody types in."""
    found = compose()
    server, client = found["services"][SERVER], found["services"][CLIENT]

    assert server["ports"] == [f"{port}:{port}" for port in image("Dockerfile").one("EXPOSE").split()]
    assert [server["networks"], client["networks"], [*found["networks"]]] == [["chatnet"]] * 3
    assert (client["stdin_open"], client["tty"]) == (True, True)
    assert client["build"]["dockerfile"] == "Dockerfile.client"


def test_what_is_kept_is_in_a_volume() -> None:
    found = compose()
    [volume] = found["services"][SERVER]["volumes"]
    name, _, place = volume.partition(":")

    assert name in found["volumes"]
    assert place == image("Dockerfile").one("VOLUME")


def test_the_servers_environment_is_of_names_that_it_reads() -> None:
    environ = compose()["services"][SERVER]["environment"]

    assert environ
    assert set(environ) <= KNOWN


def test_the_client_finds_the_server_in_its_own_container() -> None:
    """SEEDS S1.8: there, localhost is the client itself."""
    environ = compose()["services"][CLIENT]["environment"]
    found = chosen([], Configuration({"CHAT_HOST": environ["CHAT_HOST"]}))

    assert {name for name in environ if name != "TZ"} <= set(re.findall(r"CHAT_\w+", SETTINGS))
    assert found.endpoint == f"tcp:{SERVER}:{PORT}"


def test_only_the_client_waits_to_be_asked_for() -> None:
    services = compose()["services"]

    assert ("profiles" in services[SERVER], services[CLIENT]["profiles"]) == (False, ["client"])
    assert services[CLIENT]["depends_on"] == [SERVER]
