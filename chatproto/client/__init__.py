"""What all clients share, and the terminal client: lines anywhere, a screen with the extra `tui`.

    terminal ──▶ conversation ──▶ session ──▶ connection      what is typed, on its way out
    terminal ◀── conversation ◀── session ◀── connection      what is heard, on its way in

`session` (with `outbox` and `place`) knows nothing of terminals: a window or a bot uses it as it is. A client with a
screen of any kind puts a `talk` in the conversation's place, and draws the `desk` that it fills; `completion` and
`roster` tell what may be meant, and who is there.
"""
