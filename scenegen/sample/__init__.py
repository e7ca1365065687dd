"""A recipe becomes a scene (before physics) and, once settled, a scene gets its cameras."""

from scenegen.sample.cameras import sample_cameras
from scenegen.sample.check import validate_recipe
from scenegen.sample.choose import pool
from scenegen.sample.scene import sample_scene

__all__ = ["pool", "sample_cameras", "sample_scene", "validate_recipe"]
