"""The stdio client: a connection layer that later clients share, and a plain terminal's drawing and typing.

    terminal ──▶ conversation ──▶ session ──▶ connection      what is typed, on its way out
    terminal ◀── conversation ◀── session ◀── connection      what is heard, on its way in

`session` (with `outbox` and `place`) knows nothing of terminals: a window or a bot uses it as it is.
"""
