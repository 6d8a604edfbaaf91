"""Keep vectors by the text they stand for, so that nothing is embedded twice, even after a kill."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float32]
Records = npt.NDArray[np.void]
_KEY_BYTES = 16
# So many unused vectors (1.5 kB each) may stay, beside as many as are used: a reader who goes back and
# forth between two corpora does not embed either twice.
_SPARE = 10_000


def key_of(text: str) -> bytes:
    """Return the key of a text."""
    return hashlib.sha256(text.encode()).digest()[:_KEY_BYTES]


class VectorCache:
    """An append-only file of (key, vector, checksum) records; a torn or damaged record is skipped.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, dimension: int, *, writable: bool = True) -> None:
        """Open the file, made where it is missing; several processes may read it, and one of them write."""
        self.path = path
        self._dimension = dimension
        self._record = np.dtype([("key", f"V{_KEY_BYTES}"), ("vector", "<f4", (dimension,)), ("crc", "<u4")])
        self._used: set[bytes] = set()
        if writable:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._mend()
        self._records = self._map()
        self._rows = self._scan()

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, text: str) -> bool:
        return key_of(text) in self._rows

    def get(self, texts: Sequence[str]) -> Matrix:
        """Return the vectors of texts that are all held, shape (len(texts), dimension)."""
        if not texts:
            return np.empty((0, self._dimension), np.float32)
        keys = [key_of(text) for text in texts]
        self._used.update(keys)
        return np.stack([self._records[self._rows[key]]["vector"] for key in keys])

    def put(self, texts: Sequence[str], vectors: Matrix) -> None:
        """Append the vectors of new texts and hand them to the system at once."""
        records = np.zeros(len(texts), self._record)
        for record, text, vector in zip(records, texts, vectors, strict=True):
            record["key"], record["vector"] = key_of(text), vector
            record["crc"] = _checksum(record)
        with self.path.open("ab") as file:
            first = file.tell() // self._record.itemsize
            file.write(records.tobytes())
        self._records = self._map()
        self._rows.update((key_of(text), first + i) for i, text in enumerate(texts))

    def trim(self, spare: int = _SPARE) -> None:
        """Drop what this process did not ask for, when it is more than what it did and `spare` others."""
        if len(self._rows) <= 2 * len(self._used) + spare:
            return
        fresh = self.path.with_suffix(".new")
        with fresh.open("wb") as file:
            for row in sorted(self._rows[key] for key in self._used):
                file.write(self._records[row].tobytes())
        fresh.replace(self.path)
        self._records = self._map()
        self._rows = self._scan()

    def close(self) -> None:
        """Let go of the file."""
        self._records = np.empty(0, self._record)
        self._rows = {}

    def _mend(self) -> None:
        """Cut off a record that a kill has torn: what follows it must start at a record's boundary."""
        if self.path.exists():
            with self.path.open("r+b") as file:
                file.truncate(self._held() * self._record.itemsize)

    def _held(self) -> int:
        return self.path.stat().st_size // self._record.itemsize if self.path.exists() else 0

    def _map(self) -> Records:
        if held := self._held():
            return np.memmap(self.path, self._record, mode="r", shape=(held,))
        return np.empty(0, self._record)

    def _scan(self) -> dict[bytes, int]:
        return {
            record["key"].tobytes(): i
            for i, record in enumerate(self._records)
            if _checksum(record) == record["crc"]
        }


def _checksum(record: np.void) -> int:
    return zlib.crc32(record["vector"].tobytes(), zlib.crc32(record["key"].tobytes()))
