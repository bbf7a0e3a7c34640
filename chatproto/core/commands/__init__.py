"""Every verb, by theme. A new one is a class in one of these modules and nothing else: `ALL` finds it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from chatproto.core.commands import account, past, rooms, rule, talk, you
from chatproto.core.commands import help as help_
from chatproto.core.declare import Command, Spec

THEMES: tuple[ModuleType, ...] = (talk, past, rooms, you, account, rule, help_)


def _declared(module: ModuleType) -> list[Any]:
    return [
        v
        for v in vars(module).values()
        if isinstance(getattr(v, "spec", None), Spec) and v.spec.word and v.__module__ == module.__name__
    ]


ALL: tuple[type[Command], ...] = tuple(c for theme in THEMES for c in _declared(theme))
