"""Surfaces in USD's terms: UsdPreviewSurface, its textures files beside the scene."""

from hashlib import sha256
from typing import Any

import numpy as np

from scenegen.assets.model import Image, Part
from scenegen.dataset.png import encode_png
from scenegen.export.folder import ExportFolder
from scenegen.export.models3d import Look


class Textures:
    """Writes each picture once, under a name made of its pixels."""

    def __init__(self, folder: ExportFolder) -> None:
        self._folder = folder
        self._named: dict[int, tuple[str, Image]] = {}

    def name(self, image: Image) -> str:
        """Where it is, as a scene file beside the folder says."""
        if id(image) not in self._named:
            png = encode_png(np.ascontiguousarray(image[..., :3]))
            name = f"textures/{sha256(png).hexdigest()[:16]}.png"
            self._folder.write(name, png)
            self._named[id(image)] = f"./{name}", image
        return self._named[id(image)][0]


def bind(usd: Any, path: str, mesh: Any, part: Part, look: Look, textures: Textures) -> None:
    """Give a mesh its material."""
    from pxr import UsdShade

    material = UsdShade.Material.Define(usd, path)
    graph = _Graph(usd, path)
    material.CreateSurfaceOutput().ConnectToSource(graph.surface.ConnectableAPI(), "surface")
    graph.even(look)
    if part.colors is not None:
        graph.vertex_colors()
    if part.uv is not None and look.textured:
        graph.textured(look, textures)
    UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(material)


class _Graph:
    """The shaders of one material."""

    def __init__(self, usd: Any, path: str) -> None:
        from pxr import Sdf

        self._usd, self._path = usd, path
        self._kinds = Sdf.ValueTypeNames
        self.surface = self._shader("surface", "UsdPreviewSurface")

    def even(self, look: Look) -> None:
        """The numbers; where something is connected they have no effect."""
        from pxr import Gf

        self._input("diffuseColor").Set(Gf.Vec3f(*look.color))
        self._input("roughness").Set(look.roughness)
        self._input("metallic").Set(look.metallic)

    def vertex_colors(self) -> None:
        reader = self._shader("colors", "UsdPrimvarReader_float3")
        reader.CreateInput("varname", self._kinds.String).Set("displayColor")
        colors = reader.CreateOutput("result", self._kinds.Float3)
        self._input("diffuseColor").ConnectToSource(colors)

    def textured(self, look: Look, textures: Textures) -> None:
        uv = self._shader("uv", "UsdPrimvarReader_float2")
        uv.CreateInput("varname", self._kinds.String).Set("st")
        place = uv.CreateOutput("result", self._kinds.Float2)
        if look.base is not None:
            base = self._texture("base", textures.name(look.base), place, (*look.color, 1.0))
            base.GetInput("sourceColorSpace").Set("sRGB")
            self._connect("diffuseColor", base, "rgb")
        if look.orm is not None:
            factors = (1.0, look.roughness, look.metallic, 1.0)
            orm = self._texture("orm", textures.name(look.orm), place, factors)
            self._connect("roughness", orm, "g")
            self._connect("metallic", orm, "b")
            if look.occluded:
                self._connect("occlusion", orm, "r")
        if look.normal is not None:
            file = textures.name(look.normal)
            normal = self._texture("normal", file, place, (2.0, 2.0, 2.0, 1.0), -1.0)
            self._connect("normal", normal, "rgb")

    def _texture(
        self, name: str, file: str, uv: Any, scale: tuple[float, ...], bias: float = 0.0
    ) -> Any:
        from pxr import Gf

        shader, kinds = self._shader(name, "UsdUVTexture"), self._kinds
        shader.CreateInput("file", kinds.Asset).Set(file)
        shader.CreateInput("sourceColorSpace", kinds.Token).Set("raw")
        shader.CreateInput("wrapS", kinds.Token).Set("repeat")
        shader.CreateInput("wrapT", kinds.Token).Set("repeat")
        shader.CreateInput("scale", kinds.Float4).Set(Gf.Vec4f(*scale))
        shader.CreateInput("bias", kinds.Float4).Set(Gf.Vec4f(bias, bias, bias, 0.0))
        shader.CreateInput("st", kinds.Float2).ConnectToSource(uv)
        return shader

    def _connect(self, name: str, shader: Any, channel: str) -> None:
        kind = self._kinds.Float3 if channel == "rgb" else self._kinds.Float
        self._input(name).ConnectToSource(shader.CreateOutput(channel, kind))

    def _input(self, name: str) -> Any:
        kinds = {"diffuseColor": self._kinds.Color3f, "normal": self._kinds.Normal3f}
        return self.surface.CreateInput(name, kinds.get(name, self._kinds.Float))

    def _shader(self, name: str, identifier: str) -> Any:
        from pxr import UsdShade

        shader = UsdShade.Shader.Define(self._usd, f"{self._path}/{name}")
        shader.CreateIdAttr(identifier)
        return shader
