"""Become a program that gets SIGTERM when its parent dies: `python -I launcher.py PARENT_PID PROGRAM [ARGUMENT ...]`.

The wish is made here and survives exec; asking for it between fork and exec in a process with threads can deadlock.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html


def main() -> None:
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the wish was made
            sys.exit(1)
    os.execv(program[0], program)  # noqa: S606 - the supervisor's own fixed argument list


if __name__ == "__main__":
    main()
