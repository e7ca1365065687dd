"""Blender's Cycles on the processor: 16 samples and Open Image Denoise, RGB alone.

The instance map that shows that it is the same scene is a picture of its own and is not timed.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from benchmarks.peers import exchanged, measure

SAMPLES = 16


class Cycles:
    def __init__(self, folder: Path) -> None:
        self._exchanged = exchanged.read(folder)
        self._folder = tempfile.TemporaryDirectory()
        bpy.ops.wm.read_factory_settings(use_empty=True)
        _set_up_cycles(bpy.context.scene)
        set_world(bpy.context.scene, self._exchanged)
        self._parts = [(add(part), part.instance) for part in self._exchanged.parts]
        self._camera = _add_camera(bpy.context.scene)

    @property
    def shots(self) -> int:
        return len(self._exchanged.views)

    def draw(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._look(self._exchanged.views[number])
            bpy.ops.render.render()

    def picture(self, number: int) -> measure.Picture:
        self._look(self._exchanged.views[number])
        rgb = self._rendered()
        looks = [thing.data.materials[0] for thing, _ in self._parts]
        with _plain(bpy.context.scene):
            for thing, instance in self._parts:
                thing.data.materials[0] = _glowing(instance)
            ids = self._rendered()[..., 0].astype(np.uint16)
        for (thing, _), look in zip(self._parts, looks, strict=True):
            thing.data.materials[0] = look
        return measure.Picture(rgb, ids)

    def _rendered(self) -> NDArray[np.uint8]:
        """The picture as Blender saves it."""
        path = Path(self._folder.name) / "picture.png"
        bpy.context.scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(str(path))
        image.colorspace_settings.name = "Non-Color"
        width, height = image.size
        pixels = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(pixels)
        bpy.data.images.remove(image)
        rgb = pixels.reshape(height, width, 4)[::-1, :, :3]
        picture: NDArray[np.uint8] = np.rint(rgb * 255).astype(np.uint8)
        return picture

    def _look(self, view: exchanged.View) -> None:
        """Blender's shifts are parts of the longer side, measured from the picture's middle."""
        scene, lens, k = bpy.context.scene, self._camera.data, view.K
        scene.render.resolution_x, scene.render.resolution_y = view.width, view.height
        lens.sensor_fit, lens.sensor_width = "HORIZONTAL", 36.0
        lens.lens = k[0, 0] * lens.sensor_width / view.width
        lens.shift_x = -(k[0, 2] + 0.5 - view.width / 2) / view.width
        lens.shift_y = (k[1, 2] + 0.5 - view.height / 2) / view.width
        self._camera.matrix_world = view.pose_opengl.T.tolist()


class _plain:
    """One unfiltered sample a pixel and no color transform, while it lasts."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self._places = [
            (scene.cycles, "samples", 1),
            (scene.cycles, "use_denoising", False),
            (scene.cycles, "filter_width", 0.01),
            (scene.view_settings, "view_transform", "Raw"),
            (scene.render, "dither_intensity", 0.0),
            (scene, "world", None),
        ]

    def __enter__(self) -> None:
        self._before = [(owner, name, getattr(owner, name)) for owner, name, _ in self._places]
        for owner, name, value in self._places:
            setattr(owner, name, value)

    def __exit__(self, *_: object) -> None:
        for owner, name, value in self._before:
            setattr(owner, name, value)


def _set_up_cycles(scene: bpy.types.Scene) -> None:
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = SAMPLES
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising = True
    scene.cycles.denoiser = "OPENIMAGEDENOISE"
    scene.render.use_persistent_data = True
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    scene.render.resolution_percentage = 100


def set_world(scene: bpy.types.Scene, exchange: exchanged.Exchanged) -> None:
    """The panorama all around, turned as ours is."""
    scene.world = bpy.data.worlds.new("world")
    _use_nodes(scene.world)
    if exchange.environment is None:
        return
    nodes, links = scene.world.node_tree.nodes, scene.world.node_tree.links
    picture = nodes.new("ShaderNodeTexEnvironment")
    picture.image = bpy.data.images.load(str(exchange.environment))
    turn, place = nodes.new("ShaderNodeMapping"), nodes.new("ShaderNodeTexCoord")
    turn.inputs["Rotation"].default_value[2] = -exchange.yaw
    links.new(place.outputs["Generated"], turn.inputs["Vector"])
    links.new(turn.outputs["Vector"], picture.inputs["Vector"])
    links.new(picture.outputs["Color"], nodes["Background"].inputs["Color"])


def _use_nodes(owner: bpy.types.World | bpy.types.Material) -> None:
    if bpy.app.version < (5, 0):  # since then there is nothing else, and the switch warns
        owner.use_nodes = True


def _add_camera(scene: bpy.types.Scene) -> bpy.types.Object:
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.clip_start, camera.data.clip_end = exchanged.NEAR, exchanged.FAR
    scene.collection.objects.link(camera)
    scene.camera = camera
    return camera


def add(part: exchanged.Part) -> bpy.types.Object:
    """A part in the scene, with its material."""
    bpy.ops.wm.obj_import(filepath=str(part.mesh), forward_axis="Y", up_axis="Z")
    thing = bpy.context.selected_objects[0]
    material = bpy.data.materials.new(part.mesh.stem)
    _use_nodes(material)
    surface = material.node_tree.nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = [*part.color, 1.0]
    surface.inputs["Roughness"].default_value = part.roughness
    surface.inputs["Metallic"].default_value = part.metallic
    if part.texture is not None:
        texture = material.node_tree.nodes.new("ShaderNodeTexImage")
        texture.image = bpy.data.images.load(str(part.texture))
        material.node_tree.links.new(texture.outputs["Color"], surface.inputs["Base Color"])
    thing.data.materials.clear()
    thing.data.materials.append(material)
    return thing


def _glowing(instance: int) -> bpy.types.Material:
    material = bpy.data.materials.new(f"instance {instance}")
    _use_nodes(material)
    tree = material.node_tree
    glow = tree.nodes.new("ShaderNodeEmission")
    glow.inputs["Color"].default_value = [instance / 255, 0.0, 0.0, 1.0]
    tree.links.new(glow.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    return material


if __name__ == "__main__":
    measure.main(Cycles)
