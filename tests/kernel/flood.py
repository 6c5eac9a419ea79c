#!/usr/bin/env python3
"""Sends a few packets, round after round, until its input ends; then says how many rounds there were.

usage: flood.py frames INTERFACE MAC PACKETS_PER_SECOND PACKET... | flood.py raw PACKETS_PER_SECOND PACKET...

A packet is an IP packet in hexadecimal digits. `frames` sends to a neighbour, `raw` what the host itself sends.
"""

import select
import socket
import sys
import time


def sender_of_frames(interface, mac):
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    link.bind((interface, 0))
    head = bytes.fromhex(mac.replace(":", "")) + b"\x02\0\0\0\0\1"

    def send(packet):
        link.send(head + (b"\x08\0" if packet[0] >> 4 == 4 else b"\x86\xdd") + packet)
    return send


def sender_from_here():
    sockets = {4: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
               6: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)}

    def send(packet):
        version = packet[0] >> 4
        place = packet[16:20] if version == 4 else packet[24:40]
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        try:
            sockets[version].sendto(packet, (socket.inet_ntop(family, place), 0))
        except PermissionError:
            pass  # it was dropped
    return send


def main():
    if sys.argv[1] == "frames":
        send, rate, packets = sender_of_frames(*sys.argv[2:4]), int(sys.argv[4]), sys.argv[5:]
    else:
        send, rate, packets = sender_from_here(), int(sys.argv[2]), sys.argv[3:]
    packets = [bytes.fromhex(each) for each in packets]
    start, rounds = time.monotonic(), 0
    print("sending", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        for _ in range(20):
            for packet in packets:
                send(packet)
        rounds += 20
        ahead = rounds * len(packets) / rate - (time.monotonic() - start)
        if ahead > 0:
            time.sleep(ahead)
    print(rounds)


if __name__ == "__main__":
    main()
