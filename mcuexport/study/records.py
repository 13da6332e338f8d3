"""The results of a sweep in an SQLite file: a row for each training, written whole when it is done, never changed."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ..errors import OutputError
from .grid import Grid
from .problem import first_difference


@dataclass(frozen=True)
class Record:
    """One training.  weight_bits: of all weights as stored.  accuracy: of the integer graph on the test set, a part
    of 1; test_loss: cross-entropy there, of the fake-quantized network; train_loss: mean of the last epoch."""

    weights: int
    weight_bits: int
    accuracy: float
    test_loss: float
    train_loss: float
    seconds: float


COLUMNS = tuple(field.name for field in fields(Record))


class Records:
    """The file, open.  Raises OutputError if it is of another sweep, naming the first difference."""

    def __init__(self, path: Path, grid: Grid) -> None:
        self.path = path
        with self._open() as database:
            database.execute("CREATE TABLE IF NOT EXISTS sweep (spec TEXT NOT NULL)")
            columns = ", ".join(f"{name} REAL NOT NULL" for name in COLUMNS)
            database.execute(f"CREATE TABLE IF NOT EXISTS results (point TEXT PRIMARY KEY, {columns})")
            found = database.execute("SELECT spec FROM sweep").fetchone()
            if found is None:
                database.execute("INSERT INTO sweep VALUES (?)", (json.dumps(grid.spec),))
        difference = first_difference(json.loads(found[0]), grid.spec) if found else None
        if difference:
            key, old, new = difference
            raise OutputError(
                f"{path}: holds another sweep, with {key} = {old!r}, now it is {new!r}; name another folder with --out"
            )

    def add(self, point: dict[str, Any], record: Record) -> None:
        """Writes a row, which must not be there."""
        values = (_key(point), *asdict(record).values())
        with self._open() as database:
            database.execute(f"INSERT INTO results VALUES ({', '.join('?' * len(values))})", values)

    def find(self, point: dict[str, Any]) -> Record | None:
        """The row of a point, if it is there."""
        with self._open() as database:
            query = f"SELECT {', '.join(COLUMNS)} FROM results WHERE point = ?"
            row = database.execute(query, (_key(point),)).fetchone()
        return None if row is None else Record(int(row[0]), int(row[1]), *row[2:])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is written, or nothing."""
        try:
            with closing(sqlite3.connect(self.path, timeout=60)) as database, database:
                yield database
        except sqlite3.IntegrityError:
            raise OutputError(f"{self.path}: another sweep writes to it, too; wait for its end") from None
        except sqlite3.DatabaseError as error:
            raise OutputError(f"{self.path}: is no sweep's results ({error}); name another folder with --out") from None


def _key(point: dict[str, Any]) -> str:
    return json.dumps(point, sort_keys=True)
