"""One end of a TCP conversation, run inside a namespace: `serve PORT...` or `connect ADDRESS PORT COUNT TIMEOUT`."""

import selectors
import socket
import sys


def serve(ports):
    selector = selectors.DefaultSelector()
    for port in ports:
        # One socket for both IP versions: IPv4 clients appear as mapped addresses.
        listener = socket.create_server(("::", int(port)), family=socket.AF_INET6, dualstack_ipv6=True, backlog=512)
        selector.register(listener, selectors.EVENT_READ)
    print("listening", flush=True)
    while True:
        for key, _ in selector.select():
            connection, _ = key.fileobj.accept()
            with connection:
                connection.settimeout(1)
                try:
                    connection.sendall(connection.recv(64))
                except OSError:
                    pass


def connect(address, port, count, timeout):
    echoed = 0
    for _ in range(int(count)):
        try:
            with socket.create_connection((address, int(port)), timeout=float(timeout)) as connection:
                connection.sendall(b"hello")
                echoed += connection.recv(64) == b"hello"
        except OSError:
            pass
    print(echoed)


if sys.argv[1] == "serve":
    serve(sys.argv[2:])
else:
    connect(*sys.argv[2:])
