"""The names of settings: which there are, which one was meant, and which names only look like ours.

The limits and settings of a chat are declared in `core.settings`; here are those of the programs around it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from chatproto.core.settings import explained

PREFIX = "CHAT_"
PORT = "5005"
TEXTS = (  # options of the server that take a text: name, default, what it is for
    ("host", "", "the address to listen on (empty: all of this machine's)"),
    ("public", "", "host or page by which others reach this server (empty: this machine's address)"),
    ("data", "", "folder of the chat's file (empty: in the user's state directory)"),
    ("log", "", "file for the activity log"),
    ("admin-socket", "auto", "where the operator's console is; 'no' for none"),
)
FLAGS = (  # options of the server that are on or off
    ("console", "this terminal is the operator's console: a line is announced, /word is a command"),
    ("memory", "keep nothing on disk"),
    ("log-text", "write what is said into the log, not only that it was"),
)
OF_CLIENTS = ("name", "token")  # besides host, port and lang
SEEDS = {"host": "CHAT_HOST", "port": "CHAT_PORT"}  # SEEDS S4.1: what the class programs called them in .env

# What Kubernetes sets in a pod for each Service called chat or chat-…, and Docker for a linked container.
LINK = re.compile(
    r"CHAT_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?|ENV_\w+)"
)
LINKED_PORT = re.compile(r"CHAT_(\w+_)?PORT")
LINK_ADDRESS = re.compile(r"(tcp|udp|sctp)://")


def variable(option: str) -> str:
    """Return an option's name in the environment: `CHAT_MAX_LINE` of `max-line`."""
    return PREFIX + option.upper().replace("-", "_")


KNOWN = {
    variable(option)
    for option in (
        "port",
        *(name for name, *_ in TEXTS),
        *(name for name, _ in FLAGS),
        *OF_CLIENTS,
        *(setting.option for setting in explained()),
    )
}


def is_link(name: str, value: str) -> bool:
    """Say whether Kubernetes or Docker has set this in the environment, for something called chat."""
    if LINKED_PORT.fullmatch(name) and LINK_ADDRESS.match(value):
        return True
    if name == "CHAT_NAME":
        return value.startswith("/")  # the name of a linked container
    return name not in KNOWN and LINK.fullmatch(name) is not None


def links(environ: Mapping[str, str]) -> list[str]:
    """Return the names that Kubernetes or Docker has set in an environment."""
    return sorted(name for name, value in environ.items() if is_link(name, value))


def unknown(values: Mapping[str, object]) -> list[str]:
    """Return the names that look like ours and are no setting's."""
    return sorted(name for name in values if name.upper().startswith(PREFIX) and name not in KNOWN)


def nearest(name: str) -> str:
    """Return the setting's name that was probably meant; nothing where none is near."""
    word = name.upper().removeprefix(PREFIX)
    words = sorted(known.removeprefix(PREFIX) for known in KNOWN)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.75)
    near = near or [known for known in words if word.startswith(f"{known}_")]
    near = near or difflib.get_close_matches(word, words, n=1)
    return PREFIX + near[0] if near else ""
