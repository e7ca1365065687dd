"""Shaders: compiled, linked, and their uniforms set by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen.errors import RenderError
from scenegen.render.context import GL
from scenegen.render.gpu import Texture

_SHADERS = Path(__file__).parent / "shaders"
_SAMPLERS = {
    GL.GL_SAMPLER_2D,
    GL.GL_SAMPLER_2D_ARRAY,
    GL.GL_SAMPLER_2D_MULTISAMPLE,
    GL.GL_UNSIGNED_INT_SAMPLER_2D,
}


class Program:
    """Linked shaders; uniforms are set by name, textures stay on units of their own."""

    def __init__(
        self,
        vertex: str,
        fragment: str,
        defines: Mapping[str, object] = {},
        geometry: str = "",
    ) -> None:
        self.name = int(GL.glCreateProgram())
        kinds = {GL.GL_VERTEX_SHADER: vertex, GL.GL_FRAGMENT_SHADER: fragment}
        if geometry:
            kinds[GL.GL_GEOMETRY_SHADER] = geometry
        for kind, path in kinds.items():
            shader = _compile(kind, path, defines)
            GL.glAttachShader(self.name, shader)
            GL.glDeleteShader(shader)
        GL.glLinkProgram(self.name)
        if not GL.glGetProgramiv(self.name, GL.GL_LINK_STATUS):
            log = GL.glGetProgramInfoLog(self.name).decode(errors="replace")
            raise RenderError(f"the OpenGL driver refused {vertex} + {fragment}: {log.strip()}")
        self._no_attributes = int(GL.glGenVertexArrays(1))
        self._uniforms = self._active_uniforms()
        GL.glUseProgram(self.name)
        samplers = [name for name, (_, kind, _) in self._uniforms.items() if kind in _SAMPLERS]
        self._units = {name: unit for unit, name in enumerate(sorted(samplers))}
        for name, unit in self._units.items():
            GL.glUniform1i(self._uniforms[name][0], unit)

    def _active_uniforms(self) -> dict[str, tuple[int, int, int]]:
        """Location, type and array length of each uniform, by name without `[0]`."""
        found: dict[str, tuple[int, int, int]] = {}
        for index in range(GL.glGetProgramiv(self.name, GL.GL_ACTIVE_UNIFORMS)):
            raw, length, kind = GL.glGetActiveUniform(self.name, index)
            location = GL.glGetUniformLocation(self.name, raw)
            found[raw.decode().removesuffix("[0]")] = (int(location), int(kind), int(length))
        return found

    def use(self) -> None:
        GL.glUseProgram(self.name)

    def set(self, name: str, value: Any) -> None:
        """Set a uniform of the program in use; matrices are row-major numpy arrays."""
        location, kind, _ = self._uniforms[name]
        if kind == GL.GL_INT_VEC2:
            GL.glUniform2iv(location, 1, np.asarray(value, np.int32))
        elif kind in (GL.GL_INT, GL.GL_BOOL):
            whole = np.atleast_1d(np.asarray(value, np.int32))
            GL.glUniform1iv(location, whole.size, whole)
        elif kind == GL.GL_FLOAT and np.ndim(value) == 0:
            GL.glUniform1f(location, float(value))
        elif kind == GL.GL_UNSIGNED_INT_VEC4:
            GL.glUniform4uiv(location, 1, np.asarray(value, np.uint32))
        else:
            _set_floats(location, kind, np.ascontiguousarray(value, np.float32))

    def bind(self, name: str, texture: Texture) -> None:
        """Put a texture on the unit of a sampler."""
        GL.glActiveTexture(GL.GL_TEXTURE0 + self._units[name])
        GL.glBindTexture(texture.kind, texture.name)

    def cover(self) -> None:
        """Run this program, in use, on every pixel (its vertex shader is `screen.vert`)."""
        GL.glBindVertexArray(self._no_attributes)
        GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)

    def delete(self) -> None:
        GL.glDeleteVertexArrays(1, [self._no_attributes])
        GL.glDeleteProgram(self.name)


def _set_floats(location: int, kind: int, values: NDArray[np.float32]) -> None:
    vectors = {
        GL.GL_FLOAT: (1, GL.glUniform1fv),
        GL.GL_FLOAT_VEC2: (2, GL.glUniform2fv),
        GL.GL_FLOAT_VEC3: (3, GL.glUniform3fv),
        GL.GL_FLOAT_VEC4: (4, GL.glUniform4fv),
    }
    if kind in vectors:
        size, setter = vectors[kind]
        setter(location, values.size // size, values)
    elif kind == GL.GL_FLOAT_MAT3:
        GL.glUniformMatrix3fv(location, values.size // 9, True, values)
    elif kind == GL.GL_FLOAT_MAT4:
        GL.glUniformMatrix4fv(location, values.size // 16, True, values)
    else:
        raise TypeError(f"no setter for uniforms of type {kind:#x}")


def _source(path: str) -> str:
    """The text of a shader with its `#include "…"` lines replaced by those files."""
    lines = []
    for line in (_SHADERS / path).read_text(encoding="utf-8").splitlines():
        if line.startswith("#include"):
            lines.append(_source(line.split('"')[1]))
        else:
            lines.append(line)
    return "\n".join(lines)


def _compile(kind: int, path: str, defines: Mapping[str, object]) -> int:
    head = "#version 410 core\n" + "".join(f"#define {k} {v}\n" for k, v in defines.items())
    shader = int(GL.glCreateShader(kind))
    GL.glShaderSource(shader, head + _source(path))
    GL.glCompileShader(shader)
    if not GL.glGetShaderiv(shader, GL.GL_COMPILE_STATUS):
        log = GL.glGetShaderInfoLog(shader)
        text = log.decode(errors="replace") if isinstance(log, bytes) else str(log)
        raise RenderError(f"the OpenGL driver refused {path}: {text.strip()}")
    return shader
