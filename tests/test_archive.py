"""Putting a backup back loses nothing of what was there."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

from chatproto.archive import backup, exported, restore
from chatproto.core.events import Delivery, Said
from chatproto.journal.file import prepare
from chatproto.journal.store import Store


def texts(file: Path) -> list[str]:
    return [line.rpartition("> ")[2] for line in exported(file, "#dev", "txt")]


def test_what_a_killed_server_left_is_set_aside_whole_by_a_restore(tmp_path: Path) -> None:
    file, copy, killed = (tmp_path / name for name in ("chat.sqlite", "copy.sqlite", "killed/chat.sqlite"))
    prepare(file)
    with closing(Store(file)) as store:
        store.write([Delivery(Said("oscar", "first"), "#dev", 1.0)])
        backup(file, copy)
        store.write([Delivery(Said("oscar", "second"), "#dev", 2.0)])
        killed.parent.mkdir()
        for part in ("", "-wal"):  # as they are on the disk while the server runs
            shutil.copy(f"{file}{part}", f"{killed}{part}")

    restore(copy, killed)

    (aside,) = killed.parent.glob("*.before-restore-????????-??????")
    assert (texts(killed), texts(aside)) == (["first"], ["first", "second"])
