"""What one booking sends to the server, caught in the act, and the pgbench script that sends the same."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection
from psycopg.adapt import PyFormat, Transformer
from psycopg.types.json import Jsonb

from benchmarks.booking import book_one
from benchmarks.errors import WrongResult
from benchmarks.plan import AFTERNOON, Slice
from benchmarks.shop import SERVICE_MINUTES, Shop

_PLACEHOLDER = re.compile(r"%(?:\((?P<name>\w+)\)s|s|%)")
_INSERTED = re.compile(r'INSERT INTO "?(?P<table>\w+)"?')
_TABLES = ("availability_blocks", "bookings", "booking_services", "audit_events", "notifications")
_SEVERAL = ("notifications",)

# pgbench's clients count from 0 as lanes do; the afternoon of the plan in its arithmetic.
_HEAD = f"""\
\\set lane :client_id
\\set master :first_master + :lane
\\set client :first_client + :lane * :per_lane + :n
\\set starts :first_afternoon + :n / {AFTERNOON} * 86400 + :n % {AFTERNOON} * {SERVICE_MINUTES * 60}
\\set ends :starts + {SERVICE_MINUTES * 60}
\\set first_minute :starts / 60
\\set last_minute :ends / 60
\\set n :n + 1
"""


class Statement(NamedTuple):
    """As Django hands it to psycopg."""

    text: str
    values: Sequence[Any] | Mapping[str, Any]


class Script(NamedTuple):
    """A pgbench script, and the values of those of its variables that are the same in every transaction."""

    text: str
    constants: dict[str, str]


def capture(shop: Shop, planned: Slice) -> Script:
    """Book the slice's first two bookings and turn the statements of the second into a script. Runs in a worker, alone.

    WrongResult when the two did not send the same statements in the same order.
    """
    first, second = (_statements_of(shop, planned, n) for n in range(2))
    if [statement.text for statement in first] != [statement.text for statement in second]:
        raise WrongResult("Two bookings sent different statements.")
    return Writer(shop, planned, n=1).script(second)


def _statements_of(shop: Shop, planned: Slice, n: int) -> list[Statement]:
    statements: list[Statement] = []

    def note(execute: Callable[..., Any], text: str, values: Any, *others: Any) -> Any:
        statements.append(Statement(text, values or ()))
        return execute(text, values, *others)

    with connection.execute_wrapper(note):
        book_one(shop, planned, lane=0, n=n)
    return statements


class Writer:
    """Knows a captured booking's values again wherever they stand."""

    def __init__(self, shop: Shop, planned: Slice, *, n: int) -> None:
        connection.ensure_connection()
        self._adapter = Transformer(connection.connection)
        starts, ends = planned.starts_at(n=n), planned.starts_at(n=n + 1)
        client, minute = planned.client(lane=0, n=n), int(starts.timestamp()) // 60
        self._expressions: dict[Any, str] = {
            starts: "to_timestamp(:starts)",
            ends: "to_timestamp(:ends)",
            minute: ":first_minute",
            minute + SERVICE_MINUTES: ":last_minute",
            f"{client}:bench": ":client",
        }
        self._ids = {str(client): ":client", str(shop.chairs[0]): ":master"} | _inserted_ids()
        self._id = re.compile(rf"\b({'|'.join(self._ids)})\b")
        self._constants: dict[str, str] = {}

    def script(self, statements: Sequence[Statement]) -> Script:
        body = "".join(self._command(statement) for statement in statements)
        constants = {name: text for text, name in self._constants.items()}
        return Script(f"{_HEAD}BEGIN;\n{body}COMMIT;\n", constants)

    def _command(self, statement: Statement) -> str:
        values = statement.values
        positional = iter(() if isinstance(values, Mapping) else values)

        def expression(found: re.Match[str]) -> str:
            if found[0] == "%%":
                return "%"
            return self._expression(values[found["name"]] if isinstance(values, Mapping) else next(positional))

        text = _PLACEHOLDER.sub(expression, statement.text.strip().removesuffix(";"))
        inserted = _INSERTED.search(text)
        if not inserted or "RETURNING" not in text:
            return f"{text};\n"
        # \\aset keeps the last of several rows, where \\gset wants just one.
        table = inserted["table"]
        before_last = f"\\set {table}_id_before :{table}_id - 1\n" if table in _SEVERAL else ""
        return f"{text} \\aset {table}_\n{before_last}"

    def _expression(self, value: Any) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, list) and all(isinstance(item, int) for item in value):
            return f"ARRAY[{', '.join(map(self._expression, value))}]"
        if isinstance(value, str | int | dt.datetime) and value in self._expressions:
            return self._expressions[value]
        text = bytes(self._adapter.get_dumper(value, PyFormat.TEXT).dump(value) or b"").decode()
        return self._composed(text) + ("::jsonb" if isinstance(value, Jsonb) else "")

    def _composed(self, text: str) -> str:
        """A constant of the run, or constant pieces and ids between them."""
        if not text:
            return "''"  # pgbench takes no empty variable
        if not self._id.search(text):
            return ":" + self._constants.setdefault(text, f"constant_{len(self._constants)}")
        pieces = [
            self._ids[piece] if piece in self._ids else "'" + piece.replace("'", "''") + "'"
            for piece in self._id.split(text)
            if piece
        ]
        return f"({' || '.join(pieces)})" if len(pieces) > 1 else pieces[0]


def _inserted_ids() -> dict[str, str]:
    """The ids that the captured booking got, and the variables that hold the script's own."""
    ids: dict[str, str] = {}
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"SELECT max(id) FROM {table}")
            last = cursor.fetchone()[0]
            ids[str(last)] = f":{table}_id"
            if table in _SEVERAL:
                ids[str(last - 1)] = f":{table}_id_before"
    return ids
