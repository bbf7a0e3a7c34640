"""A command line of the clients: what is wrong with it, or with the configuration, is one line, and the end."""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from chatproto.configuration import Configuration, kinds, read, readable
from chatproto.configuration.leaving import CannotStart, Exit, Misconfigured
from chatproto.core.events import Refusal
from chatproto.words import spoken


class Parser(argparse.ArgumentParser):
    """Reads a command line, and says what is wrong with it without repeating what may be a secret.

    No option may be cut short: `--to` must never be taken for `--token`.
    """

    first_words: Sequence[str] = ()  # those that stand before all options, where there are any

    def __init__(self, **told: Any) -> None:  # noqa: ANN401 - argparse's own
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **told)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401 - argparse's own
        """Return what was given; exit where there is more than was asked for."""
        words = sys.argv[1:] if args is None else args
        given, unknown = self.parse_known_args([readable(word) for word in words], namespace)
        if unknown:
            self._refuse(unknown)
        return given

    def _refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Name the options that there are not; what stands behind one may be a token."""
        options = [re.match("--[a-z-]*|-.", word) for word in unknown if re.match("-[^0-9]", word)]
        names = list(dict.fromkeys(option[0] for option in options if option))
        if unknown[0] in self.first_words:
            self.error(f"{unknown[0]} comes first, as in: {self.prog} {unknown[0]} --host HOST …")
        if not names:
            self.error(f"too many words, by {len(unknown)}: what has spaces in it goes in quotation marks")
        near = difflib.get_close_matches(names[0], self._option_string_actions, n=1)
        self.error(f"no such option: {' '.join(names)}{f' (did you mean {near[0]}?)' if near else ''}")

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line, in one line, and exit."""
        self.exit(Exit.USAGE, f"{self.prog}: {message.removesuffix('.')}. All options: {self.prog} --help\n")

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Exit with one line for what the command line, the environment or a file `.env` has wrong."""
        try:
            yield
        except Misconfigured as e:
            self.exit(Exit.CONFIG, f"{e}\n")
        except CannotStart as e:
            self.exit(e.status, f"{e}\n")
        except ValueError as e:
            self.error(str(e))
        except Refusal as no:
            self.error(spoken(no.sentence, "en"))


def seconds(text: str) -> float:
    """Return a length of time; argparse says so where it is none."""
    try:
        return kinds.seconds(text)
    except ValueError as e:
        raise argparse.ArgumentTypeError(f"{e}, not {text!r}") from e


def configuration() -> Configuration:
    """Return what the environment and the current folder say; exit with one line where that cannot be read."""
    try:
        return read(os.environ)
    except Misconfigured as e:
        sys.stderr.write(f"{e}\n")
        raise SystemExit(Exit.CONFIG) from e
