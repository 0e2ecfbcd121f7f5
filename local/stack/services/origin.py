"""Serves a folder to this machine: `origin.py PORT FOLDER`.

Python's own server, but with room for all connections of a batch: of those that find its usual
queue of five full, each waits a second before it tries again.
"""

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    request_queue_size = 128


port, folder = sys.argv[1:]
handler = partial(SimpleHTTPRequestHandler, directory=folder)
Server(("127.0.0.1", int(port)), handler).serve_forever()
