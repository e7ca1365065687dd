"""A Rerun recording put together column by column: no clock, no thread, no global state.

The data is the same whenever it is made (`rerun rrd compare`); the bytes are not: the SDK numbers
chunks and rows by the clock, and its index at the end of the file has no fixed order.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scenegen.errors import DatasetError

Columns = Sequence[Any]
APPLICATION = "scenegen"


def rerun_sdk() -> Any:
    """The package, or what to install."""
    try:
        import rerun
    except ImportError:
        raise DatasetError("rerun needs its SDK: pip install 'scenegen[rerun]'") from None
    rerun.set_strict_mode(True)  # it would only warn of data that it cannot take
    return rerun


class Recording:
    """What goes into one .rrd file: columns of data by entity, along two timelines or for good."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._sdk = rerun_sdk()
        self._chunks: list[Any] = []

    def always(self, entity: str, columns: Columns) -> None:
        """Data that holds at all times."""
        self._add(entity, [], columns)

    def add(self, entity: str, times: Mapping[int, float], columns: Columns) -> None:
        """A row for each shot in `times`: its number and the seconds after release."""
        shots = self._sdk.TimeColumn("shot", sequence=list(times))
        seconds = self._sdk.TimeColumn("time", duration=list(times.values()))
        self._add(entity, [shots, seconds], columns)

    def rrd(self) -> bytes:
        """The whole file."""
        store = self._sdk.chunk.ChunkStore.from_chunks(self._chunks)
        with TemporaryDirectory() as place:
            file = Path(place) / "scene.rrd"
            store.write_rrd(file, application_id=APPLICATION, recording_id=self._name)
            return file.read_bytes()

    def _add(self, entity: str, indexes: Columns, columns: Columns) -> None:
        chunk = self._sdk.chunk.Chunk
        self._chunks.append(chunk.from_columns(entity, indexes=indexes, columns=columns))
