"""Break a promise in the code, and see the tests go red: `python -m tests.mutants [WORD …]`.

Each mutant is a copy of the tree in which one piece of text is replaced by another; each of the tests named beside it
must fail there. A mutant that lives says that a test cannot fail; a piece of text that is no longer there, that the
list is old. WORDs choose mutants whose names hold one of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SQLITE, STORE, HUB = "chatproto/journal/sqlite.py", "chatproto/journal/store.py", "chatproto/hub/__init__.py"
FILE, READER = "chatproto/journal/file.py", "chatproto/journal/reader.py"
CHAT_STATE, NOT_KEPT = "chatproto/core/state.py", "tests/test_not_kept.py"
ON_DISK = "tests/journal/test_sqlite.py"
IN_FILE = "tests/journal/test_store.py"
FULL = "tests/durability/test_full.py"
POISON = "tests/durability/test_poison.py"
POWER = "tests/durability/test_power.py::test_four_hundred_cuts"
KILL = "tests/durability/test_kill.py::test_fifty_kills"
SIMULATION = "tests/simulation/test_simulation.py"
ACCOUNTS, PASSWORDS = "chatproto/core/accounts.py", "tests/test_accounts.py"
STOMP_DOOR = "tests/doors/test_stomp.py"
AUTHORITY, SANCTIONS = "tests/core/test_authority.py", "tests/core/test_sanctions.py"
PAST = "chatproto/core/commands/past.py"
TRIMMING, TRUSTED, RETAINED = "chatproto/journal/trimming.py", "chatproto/hub/trusted.py", "tests/hub/test_retention.py"
IN_MEMORY, PRESENT = "tests/journal/test_memory.py", "tests/journal/test_presence.py"
ARCHIVE, ARCHIVED = "chatproto/archive.py", "tests/test_archive.py"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A promise broken: what stands for it in which file, what is put there, and which tests must see it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTANTS = (
    Mutant(
        "tell before commit",
        SQLITE,
        "        written = self._writing.do(lambda: self._store.write(batch))\n",
        "        self.heard([Entry(d, seq=self._heads.get(str(d.to), 0) + 1) for d in batch])\n"
        "        written = self._writing.do(lambda: self._store.write(batch))\n",
        (ON_DISK, SIMULATION),
    ),
    Mutant(
        "receipt before commit",
        HUB,
        "            self.gather(_labelled(told, me, receipt, key, self.chat.now) if receipt or key else told)\n",
        "            if receipt and session.door:\n"
        "                session.door.write(session.door.receipt(receipt, Entry(told[-1])))\n"
        '                receipt = ""\n'
        "            self.gather(_labelled(told, me, receipt, key, self.chat.now) if receipt or key else told)\n",
        (FULL, SIMULATION),
    ),
    Mutant(
        "receipt and sight before commit, under kill -9",
        STORE,
        '            self._db.execute("COMMIT")\n        except',
        '            if self._last_id % 7 == 0:\n                self._db.execute("COMMIT")\n        except',
        (KILL, SIMULATION),
    ),
    Mutant(
        "commit without syncing",
        FILE,
        '"PRAGMA synchronous = FULL"',
        '"PRAGMA synchronous = NORMAL"',
        (POWER,),
    ),
    Mutant(
        "no dedupe",
        STORE,
        "        seen = self._seen(draft, key) if key else None\n",
        "        seen, key = None, None\n",
        (ON_DISK, SIMULATION),
    ),
    Mutant("no dedupe, under kill -9", STORE, "self._seen(draft, key) if key else None", "None; key = None", (KILL,)),
    Mutant(
        "a key forgotten at a restart",
        STORE,
        'found = self._db.execute("SELECT seq, kind, text FROM entry WHERE key = ?", (key,)).fetchone()',
        "pass",
        (ON_DISK, SIMULATION),
    ),
    Mutant(
        "the same key with another text is accepted",
        STORE,
        "clash=seen[1:] != (kind, text)",
        "clash=False",
        (ON_DISK,),
    ),
    Mutant(
        "number not given back on failure",
        STORE,
        "            self._take_stock()  # a commit may have failed",
        "            self._logs |= draft.logs  # a commit may have failed",
        (ON_DISK, SIMULATION),
    ),
    Mutant(
        "a room begun by a failed write stays",
        STORE,
        "            self._take_stock()  # a commit may have failed",
        "            self._logs |= draft.logs  # a commit may have failed",
        (IN_FILE,),
    ),
    Mutant(
        "no rollback after a failure",
        STORE,
        '                self._db.execute("ROLLBACK")\n            self._take_stock()',
        "                pass\n            self._take_stock()",
        (IN_FILE, SIMULATION),
    ),
    Mutant(
        "what passes overtakes",
        SQLITE,
        "if self._at_work is None and not any(d.event.kept for d in batch):",
        "if not any(d.event.kept for d in batch):",
        (ON_DISK,),
    ),
    Mutant(
        "what gathered is forgotten",
        SQLITE,
        "        if self._waiting:\n            self._writing.after_a_look(self._commit)\n            return\n",
        "",
        (ON_DISK, SIMULATION),
    ),
    Mutant(
        "closed while a commit runs",
        SQLITE,
        "        if self._at_work is not None:\n            ended: ",
        "        if False:\n            ended: ",
        (ON_DISK,),
    ),
    Mutant(
        "a full disk is somebody's fault",
        SQLITE,
        "Reason.DISK_FULL if full else Reason.INTERNAL",
        "Reason.INTERNAL",
        (ON_DISK, FULL),
    ),
    Mutant(
        "a reader is told a second time what came while it read",
        "chatproto/hub/forward.py",
        "        channel.behind[session] = page.entries[-1].seq if page.entries else until\n",
        "        channel.behind[session] = (page.entries[-1].seq if page.entries else until) - 1\n",
        (SIMULATION,),
    ),
    Mutant(
        "a reader that takes no more is told all the same",
        "chatproto/hub/channel.py",
        "                    if session.paused:\n                        slow",
        "                    if False:\n                        slow",
        (SIMULATION, "tests/overload/test_slow_reader.py"),
    ),
    Mutant(
        "our client shows what is of a stay before",
        "chatproto/client/session.py",
        "if message.seq and not place.entered:",
        "if False:",
        ("tests/client/test_session.py", SIMULATION),
    ),
    Mutant(
        "our client comes back from a wrong place",
        "chatproto/client/place.py",
        'return {"after": str(self.last)}',
        'return {"after": str(self.last + 1)}',
        ("tests/client/test_session.py", SIMULATION),
    ),
    Mutant(
        "our client sends again under a new key",
        "chatproto/client/outbox.py",
        'headers["idempotency-key"] = self.key',
        'headers["idempotency-key"] = self.key + str(self.sent)',
        (SIMULATION,),
    ),
    Mutant(
        "the sender is not told that it failed",
        "chatproto/hub/inlet.py",
        "told.setdefault(-d.act or place, self._hub.refusal(self._sessions[d.by].member, no, receipt))\n",
        "pass\n",
        (FULL, SIMULATION),
    ),
    Mutant(
        "what was not kept stays done", CHAT_STATE, "                undo()\n", "                pass\n", (NOT_KEPT,)
    ),
    Mutant(
        "what was done upon what was not kept is kept",
        SQLITE,
        "batch, self._waiting = [*batch, *self._waiting], []",
        "pass",
        (ON_DISK,),
    ),
    Mutant("what was taken back is found", READER, "                and not row[6]\n", "", (IN_FILE,)),
    Mutant("everybody's rooms are searched", READER, "name in wanted.rooms", "True", (IN_FILE,)),
    Mutant("trimmed all at once", TRIMMING, "(room, found[0], STEP)", "(room, found[0], -1)", (IN_FILE,)),
    Mutant(
        "what was trimmed is not told as a gap",
        TRIMMING,
        "        db.executemany(FIRST, [(room,) for room in {room for _, room, *_ in rows}])\n",
        "",
        (IN_FILE, ON_DISK, SIMULATION),
    ),
    Mutant(
        "trimming leaves words in the index",
        TRIMMING,
        "        db.executemany(\"INSERT INTO gram (gram, rowid, grams) VALUES ('delete', ?, ?)\", gone)\n",
        "",
        (IN_FILE,),
    ),
    Mutant(
        "times rise with numbers",
        TRIMMING,
        "WHERE at < ? AND",
        "WHERE seq <= (SELECT max(seq) FROM entry WHERE at < ?) AND",
        (ON_DISK,),
    ),
    Mutant(
        "what was taken back comes again", TRIMMING, "(of IS NULL OR NOT EXISTS (", "(1 OR NOT EXISTS (", (ON_DISK,)
    ),
    Mutant(
        "the memory journal keeps the keys of trimmed messages",
        "chatproto/journal/memory.py",
        "            self.keys.pop(entry.delivery.key, None)\n",
        "            pass\n",
        (IN_MEMORY,),
    ),
    Mutant(
        "numbers of a forgotten room are given again",
        STORE,
        "        place = (room, self.floor, self.floor + 1)\n",
        "        place = (room, 0, 1)\n",
        (ON_DISK,),
    ),
    Mutant(
        "a clock that jumps is believed",
        TRUSTED,
        "return min(offset, self._offset) + elapsed",
        "return offset + elapsed",
        (RETAINED,),
    ),
    Mutant(
        "a start believes its clock",
        TRUSTED,
        "self._last - elapsed if self._last else offset",
        "offset",
        (RETAINED,),
    ),
    Mutant(
        "a room in which somebody talked is forgotten",
        TRIMMING,
        " AND kind != 'topic' LIMIT 1",
        " AND 0 LIMIT 1",
        (ON_DISK,),
    ),
    Mutant(
        "a receipt for a file that is gone",
        "chatproto/journal/presence.py",
        "if self._inodes[part] not in {None, now[part]}",
        "if not part and now[part] is None",
        (PRESENT,),
    ),
    Mutant(
        "a file saved anew overwrites somebody's",
        STORE,
        "        if self._presence.is_replaced:\n",
        "        if False:\n",
        (PRESENT,),
    ),
    Mutant(
        "a log of writes is damaged in silence",
        "chatproto/journal/losses.py",
        "            if sure:\n",
        "            if False:\n",
        ("tests/journal/test_losses.py",),
    ),
    Mutant(
        "lost numbers are given again",
        SQLITE,
        "            self._store.skip(lost.heads)\n",
        "",
        ("tests/journal/test_losses.py",),
    ),
    Mutant(
        "two servers on one folder",
        ARCHIVE,
        "fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "pass",
        (ARCHIVED, "tests/test_service.py"),
    ),
    Mutant(
        "what was set aside is overwritten",
        FILE,
        "os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)",
        "os.open(path, os.O_CREAT | os.O_RDWR, 0o600)",
        (ARCHIVED, "tests/journal/test_upgrade.py"),
    ),
    Mutant(
        "a backup's rows are believed",
        "chatproto/journal/restoring.py",
        "        to_event(kind, text(who), text(said), of)\n",
        "",
        (ARCHIVED,),
    ),
    Mutant(
        "a backup's facts are believed",
        "chatproto/journal/restoring.py",
        "        facts.check(key, value)\n",
        "",
        (ARCHIVED,),
    ),
    Mutant(
        "a misshapen fact is learned",
        "chatproto/core/remembering.py",
        "        facts.check(key, value)\n",
        "",
        ("tests/core/test_facts.py",),
    ),
    Mutant(
        "a change writes the whole list",
        "chatproto/core/remembering.py",
        "for key, value in now.items() if before.get(key) != value]",
        "for key, value in now.items()]",
        ("tests/core/test_facts.py",),
    ),
    Mutant(
        "the file is anybody's",
        FILE,
        "os.close(os.open(new, os.O_CREAT | os.O_RDWR, 0o600))",
        "os.close(os.open(new, os.O_CREAT | os.O_RDWR, 0o644))",
        ("tests/journal/test_upgrade.py",),
    ),
    Mutant(
        "a newer file is opened",
        FILE,
        "if version > newest:",
        "if version > newest + 100:",
        ("tests/journal/test_upgrade.py",),
    ),
    Mutant(
        "an upgrade without a copy",
        FILE,
        "        db.backup(copy)  # with what is only in the log of writes, also while somebody reads\n",
        "        pass\n",
        ("tests/journal/test_upgrade.py",),
    ),
    Mutant(
        "damage keeps a reader from the rest",
        READER,
        "for row in self._one_by_one(number, place, until)",
        "for row in self._one_by_one(number, place, min(until, place + limit))",
        (POISON,),
    ),
    Mutant("a damaged index stays so", STORE, "            self._db.execute(sql)\n", "            pass\n", (POISON,)),
    Mutant(
        "a damaged index of words stops all talk",
        STORE,
        "        self._grams = False\n",
        "        self._grams = True\n",
        (POISON,),
    ),
    Mutant(
        "nobody is told of damage",
        SQLITE,
        '                log.error("the journal is damaged',
        '                log.debug("',
        (POISON,),
    ),
    Mutant(
        "one damaged account keeps everybody out",
        "chatproto/factory.py",
        "            self._learn(key, value)\n",
        "            self.chat.learn(key, value)\n",
        (POISON,),
    ),
    Mutant(
        "what is trimmed while somebody reads is missing",
        READER,
        '        self._db.execute("BEGIN")\n',
        "",
        (IN_FILE,),
    ),
    Mutant(
        "who talks makes a backup begin anew",
        ARCHIVE,
        "source.backup(copy)",
        "source.backup(copy, pages=1000)",
        (ARCHIVED,),
    ),
    Mutant("a useless backup is put in place", ARCHIVE, "    if version > VERSION:\n", "    if False:\n", (ARCHIVED,)),
    Mutant(
        "who guesses from one place locks the owner out",
        ACCOUNTS,
        "(5, 10.0), (20, 2.0)",
        "(5, 10.0), (5, 10.0)",
        (PASSWORDS,),
    ),
    Mutant(
        "the owner's own address is forgotten",
        ACCOUNTS,
        'if f"{fold(name)} {_origin(address)}" not in self._known:',
        "if True:",
        (PASSWORDS,),
    ),
    Mutant(
        "guesses at one name from everywhere are let through",
        ACCOUNTS,
        "            rules.append((_account(name), FOR_ACCOUNT))\n",
        "            pass\n",
        (PASSWORDS,),
    ),
    Mutant(
        "an unknown name is answered sooner",
        "chatproto/passwords.py",
        "self._hasher.verify(secret or self._nobody, password)",
        "secret and self._hasher.verify(secret, password)",
        (PASSWORDS,),
    ),
    Mutant(
        "a disguise is not taken off",
        "chatproto/core/lookalike.py",
        "    if chr(int(character, 16)) not in APART\n",
        "    if chr(int(character, 16)) not in APART and '+' in prototype\n",
        ("tests/core/test_lookalike.py",),
    ),
    Mutant(
        "how far one has read is forgotten with a cut",
        HUB,
        "        self._remember_places(session, self.chat.left_at)  # its program",
        "        #",
        (STOMP_DOOR,),
    ),
    Mutant(
        "what is unread is a message short",
        HUB,
        "min(read, newest - least)), read=read)",
        "min(read + 1, newest - least)), read=read)",
        (STOMP_DOOR,),
    ),
    Mutant(
        "an ERROR overtakes receipts",
        "chatproto/doors/stomp.py",
        "        if self.session and not self._host.hub.pressure.refuses():\n            self._host.hub.show",
        "        if False:\n            self._host.hub.show",
        (STOMP_DOOR,),
    ),
    Mutant(
        "a banned name logs in from within",
        "chatproto/core/commands/account.py",
        "        _check_welcome(chat, me, account)\n",
        "",
        (PASSWORDS,),
    ),
    Mutant(
        "an operator of one room rules another",
        "chatproto/core/finding.py",
        "return Rank.OPERATOR if room and who in room.operators else Rank.MEMBER",
        "return Rank.OPERATOR if any(who in r.operators for r in self.rooms.values()) else Rank.MEMBER",
        (AUTHORITY,),
    ),
    Mutant(
        "anybody takes a message back by its number",
        PAST,
        "        if of != last and not self.rules:\n",
        "        if False:\n",
        (AUTHORITY,),
    ),
    Mutant("the muted correct", PAST, "        chat.check_voice(me, room)\n", "", (AUTHORITY,)),
    Mutant(
        "a mute is shed by another guest name",
        "chatproto/core/sanctions.py",
        "return self.is_about(key, subject) or self.may_be(subject)",
        "return self.is_about(key, subject)",
        (SANCTIONS,),
    ),
    Mutant(
        "a class is muted for one of them",
        "chatproto/core/sanctions.py",
        " and subject.came_as not in self.spared",
        "",
        (SANCTIONS,),
    ),
    Mutant(
        "a mute is shed by registering",
        "chatproto/core/commands/account.py",
        "        yield from chat.carry(me, names.fold(self.name), Target.reaches)\n",
        "",
        (SANCTIONS,),
    ),
    Mutant(
        "a private room is felt",
        "chatproto/core/finding.py",
        "        if room and not self.knows(me, room):\n            room = None\n",
        "",
        ("tests/core/test_private_rooms.py",),
    ),
    Mutant(
        "a message is one's own by the name",
        "chatproto/hub/wishes.py",
        "(wish.room,), wish.account,",
        "(wish.room,), session.member.name,",
        ("tests/test_standing.py",),
    ),
)


def is_seen(mutant: Mutant, tests: str) -> str:
    """Say what became of a mutant under some tests: `seen`, or what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(
            ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis")
        )
        file = copy / mutant.file
        text = file.read_text("utf-8")
        if text.count(mutant.old) != 1:
            return f"OLD: the text stands {text.count(mutant.old)} times in {mutant.file}"
        file.write_text(text.replace(mutant.old, mutant.new), "utf-8")
        pytest = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"--basetemp={folder}/tests"]
        env = {**os.environ, "PYTHONPATH": str(copy)}
        ran = subprocess.run([*pytest, tests], cwd=copy, env=env, capture_output=True, text=True, check=False)
    if ran.returncode == 1:
        return "seen"
    return "LIVES" if ran.returncode == 0 else f"pytest: {ran.returncode} {ran.stdout[-300:]}"


def main(words: list[str]) -> int:
    chosen = [m for m in MUTANTS if not words or any(word in m.name for word in words)]
    wrong = 0
    for mutant in chosen:
        for tests in mutant.tests:
            found = is_seen(mutant, tests)
            wrong += found != "seen"
            print(f"{mutant.name:<50} {tests:<50} {found}", flush=True)
    print(f"{len(chosen)} mutants, {wrong} times not seen")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
