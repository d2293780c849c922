"""A Redis of our own for a while, on a socket that nobody else can reach."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def redis_server() -> Iterator[str]:
    """Run the installed redis-server without a file or a port; its URL. It is gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        socket = Path(folder) / "s"
        options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        with subprocess.Popen(["redis-server", *options], stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                if not any("eady to accept connections" in line for line in process.stdout):
                    raise RuntimeError("redis-server ended before it was ready.")
                yield f"unix://{socket}"
            finally:
                process.terminate()
