"""The native layout on disk: written a whole scene at a time, read lazily.

NAME/
  dataset.json       Card: categories, conventions, licences, versions
  recipe.yaml        byte copy of the recipe
  scenes/000123/     exists if and only if it is complete
    scene.json       the settled scene at each capture, and its cameras: all that replay needs
    0000.json        one shot: camera, files, annotations
    0000.rgb.png 0000.ids.png …    its pictures, those that the recipe asked for
    tracks.json      every object through all shots, where asked for
    SHA256SUMS       of all files of the folder, as `sha256sum --check` reads them
  failed/000124.json why a scene was given up, and the command that shows it again
"""

from scenegen.dataset.card import Card, make_card
from scenegen.dataset.folder import clear_leftovers, open_or_create
from scenegen.dataset.reading import Dataset, StoredShot
from scenegen.dataset.records import Failure, SceneRecord, ShotRecord
from scenegen.dataset.rewriting import open_rewriting, rewrite_scene
from scenegen.dataset.writing import clear_failure, write_failure, write_scene

__all__ = [
    "Card",
    "Dataset",
    "Failure",
    "SceneRecord",
    "ShotRecord",
    "StoredShot",
    "clear_failure",
    "clear_leftovers",
    "make_card",
    "open_or_create",
    "open_rewriting",
    "rewrite_scene",
    "write_failure",
    "write_scene",
]
