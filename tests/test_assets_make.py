"""The makers of the project's own objects make what is shipped."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import trimesh

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["can_soda", "bottle_flask", "toy_car", "remote"])
def test_an_object_is_made_as_it_is_shipped(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: `write_asset` that asks an object for what it has not (`asset.body`)."""
    monkeypatch.syspath_prepend(str(ROOT / "assets" / "make"))
    make, writer = (importlib.import_module(module) for module in ("objects", "objects_write"))
    writer.write_asset(name, make.OBJECTS[name](), tmp_path)
    made, shipped = tmp_path / name, ROOT / "assets" / "objects" / name
    assert (made / "asset.yaml").read_bytes() == (shipped / "asset.yaml").read_bytes()
    for file in ("model.glb", "collision.glb"):
        ours, theirs = (trimesh.load_mesh(folder / file) for folder in (made, shipped))
        assert np.array_equal(ours.faces, theirs.faces)
        assert np.allclose(ours.vertices, theirs.vertices, atol=1e-6)
