"""What is in a shard, as a Parquet table: a row a shot, with its objects and the places in the tar."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from scenegen.errors import DatasetError
from scenegen.export import bop_frames as bop
from scenegen.export.selection import Selection
from scenegen.export.shards_tar import Place, Sample
from scenegen.scene import ObjectAnnotation


def index_bytes(
    selection: Selection, name: str, samples: Sequence[Sample], places: Sequence[Sequence[Place]]
) -> bytes:
    """The table of the shard `name`; DatasetError without pyarrow."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise DatasetError("shards needs pyarrow: pip install 'scenegen[parquet]'") from None
    rows = [
        _row(selection, name, sample, where) for sample, where in zip(samples, places, strict=True)
    ]
    file = BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows, _schema(pyarrow)), file)
    return file.getvalue()


def _row(
    selection: Selection, name: str, sample: Sample, places: Sequence[Place]
) -> dict[str, Any]:
    shot, camera = sample.picked.shot, sample.picked.shot.camera
    return {
        "key": sample.key,
        "shard": f"{name}.tar",
        "scene": shot.scene_index,
        "image": int(shot.stem),
        "split": sample.picked.split,
        "camera": camera.name,
        "view": camera.view,
        "eye": camera.eye,
        "capture": shot.capture,
        "time": shot.record.time,
        "at_rest": shot.record.at_rest,
        "width": camera.width,
        "height": camera.height,
        "stereo_partner": _key(sample, shot.stereo_partner),
        "successor": _key(sample, shot.successor),
        "objects": [
            _object(selection, sample, label) for label in bop.listed(shot, sample.numbers)
        ],
        "members": [dict(zip(("name", "offset", "bytes"), place, strict=True)) for place in places],
    }


def _key(sample: Sample, stem: str | None) -> str | None:
    """The key of another shot of the scene."""
    return None if stem is None else f"{sample.picked.shot.scene_index:06d}_{int(stem):06d}"


def _object(selection: Selection, sample: Sample, label: ObjectAnnotation) -> dict[str, Any]:
    """`counts` is false where less of it is seen than the export asked for."""
    return {
        "instance_id": label.instance_id,
        "obj_id": sample.numbers[label.instance_id],
        "asset_id": label.asset_id,
        "category": selection.renamed[label.category],
        "category_id": selection.category_id(label),
        "px_visible": label.px_visible,
        "visible_fraction": label.visible_fraction,
        "occlusion": label.occlusion,
        "truncation": label.truncation,
        "box_visible": label.box_visible,
        "counts": label in sample.picked.objects,
    }


def _schema(pyarrow: Any) -> Any:
    text, number, share, yes = pyarrow.string(), pyarrow.int64(), pyarrow.float64(), pyarrow.bool_()
    thing = {
        **dict.fromkeys(("instance_id", "obj_id", "category_id", "px_visible"), number),
        **dict.fromkeys(("asset_id", "category"), text),
        **dict.fromkeys(("visible_fraction", "occlusion", "truncation"), share),
        "box_visible": pyarrow.list_(share),
        "counts": yes,
    }
    member = {"name": text, "offset": number, "bytes": number}
    columns = {
        **dict.fromkeys(
            ("key", "shard", "split", "camera", "eye", "stereo_partner", "successor"), text
        ),
        **dict.fromkeys(("scene", "image", "view", "capture", "width", "height"), number),
        "time": share,
        "at_rest": yes,
        "objects": pyarrow.list_(pyarrow.struct(list(thing.items()))),
        "members": pyarrow.list_(pyarrow.struct(list(member.items()))),
    }
    return pyarrow.schema(list(columns.items()))
