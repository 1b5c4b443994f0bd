"""A receiver of the audit log over TLS for one test: Python's own ssl, which is not ours.

    log_receiver.py octets|lines|rude CERTIFICATE KEY FILE [PORT]

Says `listening PORT`, `begins` when the first bytes of a connection are there, and `took N` once it has read a connection to
its end, has written its N records to FILE, a line each, and has closed TLS in order; `rude` closes it without a word. Octets
are frames of RFC 5425: a length, a space, and so many octets.
"""

import os
import socket
import ssl
import sys

framing, certificate, key, path, *port = sys.argv[1:]


def say(line):
    print(line, flush=True)


def records(data):
    """The whole records at the beginning of data, and what is left of it."""
    found = []
    while True:
        if framing == "lines":
            line, end, rest = data.partition(b"\n")
            if not end:
                return found, data
            found.append(line)
            data = rest
        else:
            length, space, rest = data.partition(b" ")
            if not space or len(rest) < int(length):
                return found, data
            found.append(rest[: int(length)])
            data = rest[int(length) :]


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(port[0]) if port else 0))
listener.listen()
kept = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
say(f"listening {listener.getsockname()[1]}")
while True:
    plain, _ = listener.accept()
    taken, data = 0, b""
    try:
        with context.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False) as stream:
            while more := stream.recv(4096):
                if not data and not taken:
                    say("begins")
                whole, data = records(data + more)
                for record in whole:
                    os.write(kept, record + b"\n")
                taken += len(whole)
            assert not data, "a connection ended within a record"
            if framing != "rude":
                stream.unwrap()
    except (OSError, AssertionError) as error:
        # its sender was killed
        say(f"broken {type(error).__name__}")
        continue
    say(f"took {taken}")
