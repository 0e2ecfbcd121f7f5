"""Runs a command so that it cannot outlive the program that asked for it.

    guard.py LOG COMMAND...

The command gets a process group of its own and writes to LOG. Its id is printed first. When
standard input ends, which happens however the parent dies, the whole group is ended. Anything
written to it kills the group at once, without a chance to say goodbye.
"""

import os
import signal
import subprocess
import sys
import threading
import time

GRACE_SECONDS = 5


def signal_group(group, number):
    """Whether there was anything left to signal."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def end_group(group):
    """Asks politely, then insists. The group outlives its first process when others are in it."""
    deadline = time.monotonic() + GRACE_SECONDS
    signal_group(group, signal.SIGTERM)
    while time.monotonic() < deadline and signal_group(group, 0):
        time.sleep(0.05)
    signal_group(group, signal.SIGKILL)


def end_with_parent(group):
    while os.read(0, 1024):
        signal_group(group, signal.SIGKILL)
    end_group(group)


def main():
    with open(sys.argv[1], "ab") as log:
        child = subprocess.Popen(
            sys.argv[2:],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # Only now, since ignored signals are inherited: Ctrl-C is for the parent to act upon.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    print(child.pid, flush=True)
    threading.Thread(target=end_with_parent, args=[child.pid], daemon=True).start()
    code = child.wait()
    end_group(child.pid)
    return code if code >= 0 else 128 - code


sys.exit(main())
