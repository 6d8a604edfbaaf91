"""Keep vectors by the text they stand for, so that nothing is embedded twice, even after a kill."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float32]
_KEY_BYTES, _CRC_BYTES = 16, 4


def key_of(text: str) -> bytes:
    """Return the key of a text."""
    return hashlib.sha256(text.encode()).digest()[:_KEY_BYTES]


class VectorCache:
    """An append-only file of (key, vector, checksum) records; a torn or damaged record is skipped."""

    def __init__(self, path: Path, dimension: int) -> None:
        self._path = path
        self._dimension = dimension
        self._record = np.dtype([("key", f"V{_KEY_BYTES}"), ("vector", "<f4", (dimension,)), ("crc", "<u4")])
        path.parent.mkdir(parents=True, exist_ok=True)
        self._rows = self._scan()
        self._file = path.open("ab")

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, text: str) -> bool:
        return key_of(text) in self._rows

    def get(self, texts: Sequence[str]) -> Matrix:
        """Return the vectors of texts that are all held, shape (len(texts), dimension)."""
        if not texts:
            return np.empty((0, self._dimension), np.float32)
        self._file.flush()
        records = np.memmap(self._path, self._record, mode="r")
        return np.stack([records[self._rows[key_of(text)]]["vector"] for text in texts])

    def put(self, texts: Sequence[str], vectors: Matrix) -> None:
        """Append the vectors of new texts and hand them to the system at once."""
        records = np.zeros(len(texts), self._record)
        for record, text, vector in zip(records, texts, vectors, strict=True):
            record["key"], record["vector"] = key_of(text), vector
            record["crc"] = _checksum(record)
        first = self._file.tell() // self._record.itemsize
        self._file.write(records.tobytes())
        self._file.flush()
        self._rows.update((key_of(text), first + i) for i, text in enumerate(texts))

    def keep_only(self, texts: Iterable[str]) -> None:
        """Drop every other record, by writing a new file and moving it into place."""
        wanted = {key for key in map(key_of, texts) if key in self._rows}
        self._file.close()
        fresh = self._path.with_suffix(".new")
        if wanted:
            records = np.memmap(self._path, self._record, mode="r")
            np.asarray(records[sorted(self._rows[key] for key in wanted)]).tofile(fresh)
        else:
            fresh.write_bytes(b"")
        fresh.replace(self._path)
        self._rows = self._scan()
        self._file = self._path.open("ab")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _scan(self) -> dict[bytes, int]:
        if not self._path.exists():
            return {}
        whole = self._path.stat().st_size // self._record.itemsize
        # A kill may have torn the last record; what follows it must start at a record's boundary.
        with self._path.open("r+b") as file:
            file.truncate(whole * self._record.itemsize)
        if not whole:
            return {}
        records = np.memmap(self._path, self._record, mode="r")
        return {
            record["key"].tobytes(): i
            for i, record in enumerate(records)
            if _checksum(record) == record["crc"]
        }


def _checksum(record: np.void) -> int:
    return zlib.crc32(record["vector"].tobytes(), zlib.crc32(record["key"].tobytes()))
