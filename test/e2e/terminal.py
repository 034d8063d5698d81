"""Runs a program on a terminal of its own and does as the steps say, each a JSON list: ["expect", TEXT], ["send", TEXT],
["mark", FILE] (made to tell others how far it is), ["wait", SECONDS]. Prints {"code", "output", "cooked"} at its end:
whether the program left the terminal as a shell needs it."""
import json
import os
import pty
import select
import sys
import termios
import time

LIMIT = 100


def main():
    steps, argv = json.loads(sys.argv[1]), sys.argv[2:]
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(argv[0], argv)
    output, cooked = b"", True
    deadline = time.monotonic() + LIMIT

    def read(seconds):
        nonlocal output
        ready, _, _ = select.select([fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(fd, 65536)
        except OSError:
            return False
        output += data
        return len(data) > 0

    seen = 0
    for kind, value in steps:
        if kind == "send":
            os.write(fd, value.encode())
        elif kind == "mark":
            open(value, "w").close()
        elif kind == "wait":
            until = time.monotonic() + value
            while time.monotonic() < until and read(0.05):
                pass
        else:
            while value.encode() not in output[seen:] and time.monotonic() < deadline and read(0.1):
                pass
            seen = output.find(value.encode(), seen) + len(value)
    ended = False
    while time.monotonic() < deadline and not ended:
        ended = not read(0.02)
        # Once more at the end: what the program did last counts.
        try:
            cooked = bool(termios.tcgetattr(fd)[3] & termios.ICANON)
        except termios.error:
            pass
    if time.monotonic() >= deadline:
        os.kill(pid, 9)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(json.dumps({"code": code, "output": output.decode(errors="replace"), "cooked": cooked}))


main()
