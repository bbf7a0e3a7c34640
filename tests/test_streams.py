"""Standard output where it is not UTF-8: what has no letters there is escaped, and nothing is lost or raises."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatproto.words.streams import escape_what_has_no_letters

TEXT = "안녕 ปลา é"
PATIENCE = 60


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", TEXT),
        ("ascii", r"\uc548\ub155 \u0e1b\u0e25\u0e32 \xe9"),
        ("cp949", r"안녕 \u0e1b\u0e25\u0e32 \xe9"),
        ("cp874", r"\uc548\ub155 ปลา \xe9"),
        ("latin-1", r"\uc548\ub155 \u0e1b\u0e25\u0e32 é"),
    ],
)
def test_what_an_encoding_has_no_letters_for_is_escaped(encoding: str, written: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    escape_what_has_no_letters(stream)
    stream.write(TEXT)
    stream.flush()
    assert raw.getvalue().decode(encoding) == written


def test_a_stream_that_is_closed_or_not_there_is_passed_over() -> None:
    """As where Windows starts a program without a console."""
    escape_what_has_no_letters(None, io.StringIO())


@pytest.mark.parametrize(
    "words",
    [
        ["chatproto.client", "--port", "1", "--wait", "0.1", "--name", "철수", "--lang", "ko"],
        ["chatproto.client", "send", "--port", "1", "--timeout", "1s", "--to", "#ops", "--lang", "th", "안녕"],
        ["chatproto.client", "tail", "--port", "1", "#방", "--no-follow", "--timeout", "1s", "--lang", "ko"],
        ["chatproto.admin", "--lang", "ko", "--socket", "no-such-socket", "who"],
        ["chatproto.admin", "--lang", "th", "--socket", "no-such-socket", "who"],
        ["chatproto", "--data", "파일", "--lang", "ko", "--port", "tcp:0:interface=127.0.0.1"],
    ],
)
def test_no_program_of_ours_fails_at_its_own_words(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "파일").write_bytes(b"")
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "HOME": str(tmp_path), "LC_ALL": "C"}
    ended = subprocess.run(
        [sys.executable, "-m", *words],
        env=environ,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.stdout + ended.stderr != b""
    assert b"Traceback" not in ended.stdout + ended.stderr
    assert (ended.stdout + ended.stderr).isascii()
    assert ended.returncode != 0
