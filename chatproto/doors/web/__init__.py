"""The door for browsers: a page, and beside it a WebSocket on which the page speaks STOMP.

    GET /            the page, and its few files
    GET /stomp       the WebSocket, subprotocol v12.stomp
    GET /health      200 while people are let in

`site` answers requests, `socket` is the WebSocket, `whence` tells who asks, `files` what is served. All but
`whence` need the extra `web`.
"""
