"""The gate shown pictures whose verdict is known, made of a user's own renders."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from refine.frames import Render
from refine.gate.controls import DAMAGE, HONEST, Control
from refine.gate.limits import LIMITS, Limits
from refine.gate.verdict import judge


@dataclass(frozen=True)
class Rehearsed:
    """One control: whether it is honest, how many pictures it was made of, how many passed.

    `wrong` names the renders whose verdict was wrong, with the reasons given.
    """

    honest: bool
    judged: int
    accepted: int
    wrong: Mapping[str, tuple[str, ...]]

    @property
    def right_share(self) -> float:
        """Share of right verdicts; NaN where the control could be made of no picture."""
        right = self.accepted if self.honest else self.judged - self.accepted
        return right / self.judged if self.judged else float("nan")


def rehearse(
    renders: Iterable[Render],
    *,
    seed: int,
    limits: Limits = LIMITS,
    controls: Mapping[str, Control] = {**HONEST, **DAMAGE},
) -> dict[str, Rehearsed]:
    """Judge every control of every render; the same for the same renders and seed.

    What chance does to a picture depends on the control's and the render's names, not on order.
    """
    verdicts: dict[str, dict[str, tuple[str, ...]]] = {name: {} for name in controls}
    for render in renders:
        for name, control in controls.items():
            words = (name, render.name)
            rng = np.random.default_rng([seed, *(zlib.crc32(word.encode()) for word in words)])
            picture = control(render, rng)
            if picture is not None:
                found = judge(render.rgb, picture, render, limits=limits)
                verdicts[name][render.name] = found.reasons
    return {name: _rehearsed(name in HONEST, found) for name, found in verdicts.items()}


def _rehearsed(honest: bool, reasons: Mapping[str, tuple[str, ...]]) -> Rehearsed:
    return Rehearsed(
        honest=honest,
        judged=len(reasons),
        accepted=sum(not why for why in reasons.values()),
        wrong={name: why for name, why in reasons.items() if bool(why) == honest},
    )
