"""Every error that is meant for the person at the keyboard.

ScenegenError                 str(error) is the whole message; the command line exits with 2
├── RecipeError               what a YAML recipe says is wrong, all mistakes at once
├── AssetError                a mesh, texture, material or environment cannot be used
├── SceneRejected             chance made an impossible scene; the next attempt may do better
├── RenderError               no OpenGL context, or the driver refused something
├── DatasetError              the output folder cannot be written, read or continued
└── RefineError               photographs, a model or a training run that cannot be used
"""

from collections.abc import Sequence
from dataclasses import dataclass


class ScenegenError(Exception):
    """The root: anything a user can cause and mend."""


@dataclass(frozen=True)
class Problem:
    """One mistake in a text file; `line` and `column` count from 1, line 0 means the whole file."""

    path: str
    line: int
    column: int
    message: str
    source: str = ""
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        lines = [f"{where}: {self.message}"]
        if self.source:
            lines += [f"    {self.source}", "    " + " " * (self.column - 1) + "^"]
        if self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)


class RecipeError(ScenegenError):
    """A recipe with one or more mistakes."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type["RecipeError"], tuple[tuple[Problem, ...]]]:
        return RecipeError, (self.problems,)


class AssetError(ScenegenError):
    """A mesh, texture, material or environment that cannot be used."""


class SceneRejected(ScenegenError):
    """This attempt at a scene failed (no room, did not settle, escaped); retry with the next."""


class RenderError(ScenegenError):
    """Drawing is impossible here: no OpenGL context, or the driver refused something."""


class DatasetError(ScenegenError):
    """A dataset folder that cannot be written, read or continued."""


class RefineError(ScenegenError):
    """Photographs, a model folder or a training run that cannot be used."""
