"""A file `.env`: lines of NAME=value, in whatever encoding an editor of any system saved it.

What is not ours in it is nobody's business here; what is ours is read right, or refused with the line and the way out.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path

from dotenv.parser import Binding, parse_stream
from dotenv.variables import Variable, parse_variables

from chatproto.configuration.leaving import Misconfigured
from chatproto.configuration.names import PREFIX, SEEDS

NAME = ".env"
MOST = 1 << 20  # bytes of a file: more is something else
SIGNATURES = (  # the longer ones first: UTF-32 begins as UTF-16 does
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UTF8 = "Save it as UTF-8."
OURS = re.compile(rf"(?i)(?<!\w){PREFIX}")  # the beginning of a name of ours
FOREIGN = re.compile("[\udc80-\udcff]")  # bytes that are not UTF-8, as `surrogateescape` keeps them


def read(path: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return our settings in a file, by their names in the environment; nothing if there is no file.

    `${NAME}` in a value stands for another one of the file, or of `environ`. Raise Misconfigured for what cannot
    be read.
    """
    data = _content(path)
    values: dict[str, str] = {}
    for binding in parse_stream(StringIO(_decoded(data, path))):
        for name, value in _setting(binding, path):
            values[name] = _filled_in(name, value, {**environ, **values}, path)
    meant = {name: values[seed] for seed, name in SEEDS.items() if seed in values}
    return meant | {name: value for name, value in values.items() if name not in SEEDS}


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST + 1)
    except FileNotFoundError:
        return b""
    except IsADirectoryError as e:
        return _folder(path, e)
    except OSError as e:
        if not os.access(path.parent, os.X_OK):  # of a folder that this user may not enter, nothing is known
            return b""
        if path.is_dir():  # Windows says that it may not be read
            return _folder(path, e)
        raise Misconfigured(
            f"{path} cannot be read: {e.strerror}. Make it readable for this user, or start in another folder."
        ) from e
    if len(data) > MOST:
        raise Misconfigured(f"{path} is no file of settings: it has more than {MOST} bytes. Start in another folder.")
    return data


def _folder(path: Path, why: OSError) -> bytes:
    """Pass over a virtual environment; refuse what Docker makes where the file to be mounted is missing."""
    if (path / "pyvenv.cfg").exists():
        return b""
    raise Misconfigured(f"{path} is a folder, and not a file of settings. Remove it, or give it another name.") from why


def _decoded(data: bytes, path: Path) -> str:
    """Return the text; bytes that are not UTF-8 stay in it, since in a comment they do no harm."""
    encoding = next((name for signature, name in SIGNATURES if data.startswith(signature)), "utf-8")
    errors = "surrogateescape" if encoding == "utf-8" else "strict"
    try:
        text = data.decode(encoding, errors)
    except UnicodeDecodeError as e:
        raise Misconfigured(f"{path} is not text that can be read. {UTF8}") from e
    if "\0" in text:  # UTF-16 without its signature
        raise Misconfigured(f"{path} is not text that can be read. {UTF8}")
    return text.replace("\ufeff", "")  # a signature; also in the middle, where two files were joined


def _setting(binding: Binding, path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the value of a line, if it has a setting of ours."""
    name = binding.key or ""
    ours = OURS.match(name)
    written = binding.original.string if binding.error else name
    if OURS.search(written) and (binding.error or not ours):
        raise Misconfigured(f"Line {_line(binding)} of {path} is not understood. Write it as {PREFIX}PORT=5005.")
    if binding.error or not (ours or name in SEEDS):
        return
    if binding.value is None:
        raise Misconfigured(f"{name} in {path} has no value. Write {name}=VALUE, or take the line out.")
    if FOREIGN.search(binding.value):
        raise Misconfigured(f"{name} in {path} is not UTF-8. {UTF8}")
    if len(binding.value.splitlines()) > 1:
        raise Misconfigured(f"{name} in {path} goes over several lines. Is a quotation mark missing?")
    yield name, binding.value.strip()


def _line(binding: Binding) -> int:
    """Return the number of a line: what was read for it begins with the blank lines before it."""
    text = binding.original.string
    blank = text[: len(text) - len(text.lstrip())]
    return binding.original.line + blank.count("\n")


def _filled_in(name: str, value: str, known: Mapping[str, str], path: Path) -> str:
    """Return a value with what each `${NAME}` in it stands for."""
    atoms = list(parse_variables(value))
    for atom in atoms:
        if isinstance(atom, Variable) and atom.default is None and atom.name not in known:
            missing = f"${{{atom.name}}}"
            raise Misconfigured(
                f"{name} in {path} has {missing} in it, which is not set there. Write what it stands for."
            )
    return "".join(atom.resolve(known) for atom in atoms)
