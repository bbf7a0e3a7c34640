"""The terminal client's screen: what was said above, what is being typed below, and a line about it all between.

    keys ──▶ typing ──▶ talk ──▶ session        what is typed, on its way out
    rows ◀── transcript ◀── desk ◀── talk       what is heard, on its way in

Only this package knows prompt_toolkit, and nothing in it knows the protocol. It comes with the extra `tui`.
"""
