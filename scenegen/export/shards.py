"""Tar shards: BOP's webdataset with all our labels beside it. Made to be streamed and to grow.

dataset.json  models/  models_eval/  dataset_info.md
train/shard-000000.tar  …  key_to_shard.json
index/train/shard-000000.parquet       what is in a shard, and where in the tar
commit/train/shard-000000.json         written last: a shard without one is not finished
SHA256SUMS                             of all files, as `sha256sum --check` reads them

Shots fill the shards in the order of their scenes. More scenes add shards and fill up the last one;
a full shard stays as it is. The same dataset gives the same bytes, in one go or in many.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, get_args

from scenegen.dataset.files import json_bytes, read_bytes, read_json
from scenegen.export import Options
from scenegen.export.folder import ExportFolder, digest
from scenegen.export.models import Models, open_library, write_models
from scenegen.export.pinholes import Tally, pinhole_shots, remarks, require
from scenegen.export.selection import Selection
from scenegen.export.shards_index import index_bytes
from scenegen.export.shards_tar import Sample, Stored, write_tar
from scenegen.recipe.outputs import Picture

SHOTS = 1000
"""A shard."""

Json = dict[str, Any]


def export(selection: Selection, folder: ExportFolder, options: Options) -> Iterable[str]:
    """Write the selection; returns what the format cannot say of it."""
    require(selection, "shards", ["rgb", "depth", "ids", "amodal_masks"])
    index_bytes(selection, "", [], [])  # says at once if pyarrow is missing
    library = open_library(selection, options)
    tally, models = Tally(), Models(selection.dataset.card)
    numbers = {index: models.of_scene(selection, index) for index in selection.indices}
    card = read_bytes(selection.dataset.root / "dataset.json")
    folder.write("dataset.json", card, again=True)
    write_models(folder, models, library)
    done = 0
    for split in selection.splits:
        samples = _samples(selection, split, numbers, tally)
        shard_of: dict[str, int] = {}
        while batch := list(islice(samples, SHOTS)):
            shard = len(set(shard_of.values()))
            _write_shard(selection, folder, f"{split}/shard-{shard:06d}", batch)
            shard_of |= dict.fromkeys((sample.key for sample in batch), shard)
            done += len({sample.picked.shot.scene_index for sample in batch})
            folder.progress(min(done, len(numbers)), len(numbers))
        if shard_of:
            folder.write_json(f"{split}/key_to_shard.json", shard_of)
    folder.write("SHA256SUMS", _checksums(folder), again=True)
    return remarks(tally)


def _samples(
    selection: Selection, split: str, numbers: Mapping[int, Mapping[int, int]], tally: Tally
) -> Iterator[Sample]:
    """The shots of a split in order; pictures are not read."""
    pictures = frozenset(selection.dataset.card.outputs) & set(get_args(Picture))
    for index in selection.scenes(split):
        for picked in pinhole_shots(selection, index, tally):
            yield Sample(picked, numbers[index], pictures)


def _write_shard(
    selection: Selection, folder: ExportFolder, name: str, samples: Sequence[Sample]
) -> None:
    """Tar, index, commit; nothing, if the commit says that these very shots are there."""
    contents = digest(
        json_bytes([[sample.key, sorted(sample.numbers.items())] for sample in samples])
    )
    commit = folder.path(f"commit/{name}.json")
    if commit.exists() and _as_committed(folder, read_json(commit), contents):
        return
    commit.unlink(missing_ok=True)
    tar, places = write_tar(folder.path(f"{name}.tar"), samples)
    table = index_bytes(selection, name, samples, places)
    folder.write(f"index/{name}.parquet", table, again=True)
    index = Stored(len(table), digest(table))
    record = {
        "samples": len(samples),
        "first": samples[0].key,
        "last": samples[-1].key,
        "contents": contents,
        "recipe_sha256": selection.dataset.card.recipe_sha256,
        "files": {f"{name}.tar": tar.json, f"index/{name}.parquet": index.json},
    }
    folder.write_json(f"commit/{name}.json", record)


def _as_committed(folder: ExportFolder, commit: Json, contents: str) -> bool:
    """Whether a shard holds these shots, and its files are there in full length."""
    files = commit["files"].items()
    return commit["contents"] == contents and all(
        folder.has(file) and folder.path(file).stat().st_size == about["bytes"]
        for file, about in files
    )


def _checksums(folder: ExportFolder) -> bytes:
    """A line a file; those of shards are known, a tar need not be read again."""
    known: dict[str, str] = {}
    for commit in sorted(folder.root.glob("commit/*/*.json")):
        known |= {name: about["sha256"] for name, about in read_json(commit)["files"].items()}
    for path in folder.root.rglob("*"):
        name = path.relative_to(folder.root).as_posix()
        if path.is_file() and not path.name.startswith(".") and name != "SHA256SUMS":
            known.setdefault(name, "")
    lines = [
        f"{sha or digest(read_bytes(folder.root / name))}  {name}\n" for name, sha in known.items()
    ]
    return "".join(sorted(lines, key=lambda line: line[64:])).encode()
