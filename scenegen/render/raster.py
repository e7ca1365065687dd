"""The rasteriser: exact labels and lit pictures with OpenGL, on a graphics card or in software."""

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.library import Library
from scenegen.render import Geometry, Surfaces
from scenegen.render.albedo import AlbedoPass
from scenegen.render.context import Context
from scenegen.render.gpu import Target
from scenegen.render.labels import LabelPass
from scenegen.render.lighting import environment_of, light_up
from scenegen.render.optics import Rays
from scenegen.render.panoramas import Panoramas
from scenegen.render.picture import PicturePass
from scenegen.render.resampling import Resampler
from scenegen.render.shading import LitScene
from scenegen.render.shadows import ShadowMaps, corners_in_world
from scenegen.render.silhouettes import SilhouettePass
from scenegen.render.sky import SkyMaps
from scenegen.render.store import Store
from scenegen.render.view import Placed, placed
from scenegen.scene import Camera, Scene


class Raster:
    """A `Renderer` on OpenGL. One a process: OpenGL contexts neither share nor survive a fork."""

    def __init__(self, library: Library) -> None:
        self._context = Context()
        self._store = Store(library)
        self._rays = Rays()
        self._labels = LabelPass(self._store, self._rays)
        self._silhouettes = SilhouettePass(self._store, self._rays, self._context.max_size)
        self._albedo = AlbedoPass(self._store, self._rays)
        self._panoramas = Panoramas(library)
        self._maps = ShadowMaps(self._store)
        self._sky = SkyMaps(self._store)
        self._picture = PicturePass(self._store, self._context)
        self._resampler = Resampler(self._context.max_size)
        self._drawn: tuple[Scene, Camera] | None = None
        self._last: tuple[Scene, LitScene] | None = None

    def prepare(self, scene: Scene) -> None:
        """The large pictures that the scene needs are on the device, wherever its things lie."""
        self._begin()
        environment = environment_of(scene.lights)
        if environment:
            self._panoramas.get(environment.texture)
        surfaces = [thing.material for thing in (*scene.fixtures, *scene.objects)]
        for material in (scene.backdrop.floor, scene.backdrop.walls, *surfaces):
            if material is not None and material.texture is not None:
                self._store.sheet(material.texture)

    def geometry(self, scene: Scene, camera: Camera) -> Geometry:
        """Ids, depth, normals and silhouettes; see `scene.Frame` for shapes and units."""
        self._begin()
        things = self._placed(scene, camera)
        target = self._labels_of(scene, camera, things)
        surface, ids = target.read("surface"), target.read("ids")
        movable = [thing for thing in things if thing.instance_id]
        return Geometry(
            ids=ids,
            depth=np.ascontiguousarray(surface[..., 3]),
            normals=np.ascontiguousarray(surface[..., :3]),
            silhouettes=self._silhouettes.run(camera, movable),
        )

    def color(self, scene: Scene, camera: Camera) -> NDArray[np.uint8]:
        """(H, W, 3) sRGB picture, anti-aliased."""
        return self._draw(scene, camera, linear=False).astype(np.uint8, copy=False)

    def radiance(self, scene: Scene, camera: Camera) -> NDArray[np.float32]:
        """(H, W, 3) linear radiance, before exposure and tone curve."""
        return self._draw(scene, camera, linear=True).astype(np.float32, copy=False)

    def surfaces(self, scene: Scene, camera: Camera) -> Surfaces:
        """What the surfaces are made of, one sample at each pixel's centre."""
        self._begin()
        return self._albedo.run(camera, self._placed(scene, camera), scene.backdrop)

    def _draw(self, scene: Scene, camera: Camera, linear: bool) -> NDArray[np.generic]:
        self._begin()
        lit = self._lit(scene)

        def draw(view: Camera) -> NDArray[np.generic]:
            things = self._placed(scene, view)
            labels = self._labels_of(scene, view, things)
            return self._picture.run(view, things, scene.backdrop, lit, labels, linear)

        if camera.distortion is None:
            return draw(camera)
        return self._resampler.picture(camera, draw, linear)

    def _labels_of(self, scene: Scene, camera: Camera, things: list[Placed]) -> Target:
        """The labels' picture; drawn once for `geometry` and `color` of the same camera."""
        drawn = self._drawn
        if drawn is None or drawn[0] is not scene or drawn[1] is not camera:
            self._labels.run(camera, things, scene.backdrop)
            self._drawn = (scene, camera)
        return self._labels.target(camera)

    def _lit(self, scene: Scene) -> LitScene:
        """The scene's light and shadow maps, kept until another scene is drawn."""
        if self._last is not None and self._last[0] is scene:
            return self._last[1]
        things = (*scene.objects, *scene.fixtures)
        corners = corners_in_world(things, self._store)
        floor = self._store.floor(scene.backdrop)
        albedo = floor[0].surface.albedo if floor else None
        environment = environment_of(scene.lights)
        around = self._panoramas.get(environment.texture) if environment else None
        shine = around.shine if around else None
        lighting = light_up(scene.lights, shine, corners, albedo)
        maps = self._maps.draw(lighting.views, things)
        movable = corners_in_world(scene.objects, self._store) if scene.objects else corners
        near, far = self._sky.draw(things, movable, corners)
        gloss = around.gloss if around else self._panoramas.dark
        lit = LitScene(lighting, maps, self._sky.atlas, near, far, gloss)
        self._last = (scene, lit)
        return lit

    def close(self) -> None:
        """Free everything on the device and the context itself."""
        self._context.make_current()
        for part in (self._picture, self._sky, self._maps, self._panoramas, self._silhouettes):
            part.close()
        for drawing in (self._labels, self._albedo, self._rays):
            drawing.close()
        self._store.close()
        self._context.close()

    def _begin(self) -> None:
        self._context.make_current()
        self._store.trim()

    def _placed(self, scene: Scene, camera: Camera) -> list[Placed]:
        """Everything that has a pose; nearest first, and furniture, which is large, last."""
        things = [
            placed(thing, self._store.bounds(thing), camera)
            for thing in (*scene.objects, *scene.fixtures)
        ]
        return sorted(things, key=lambda thing: (thing.instance_id == 0, thing.distance))
