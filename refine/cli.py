"""The command line. Heavy modules are imported by the command that needs them.

Exit codes: 0 all well, 1 below `--fail-under` (compare: the gap did not close, or there is no
verdict; audit: too many pictures are rejected or missing; apply, where it is asked for: too many stay
raw), 2 a mistake in what was asked (its message says where, what, and what to do), 130 stopped by
Ctrl-C.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from scenegen.errors import RefineError, ScenegenError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Make renders look like your photographs, and break no label.",
)

ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="A folder made by fit.")]
DatasetPath = Annotated[Path, typer.Argument(metavar="DATASET", help="Made by scenegen generate.")]
ColorLabels = Annotated[
    list[str] | None,
    typer.Option("--color-label", metavar="CATEGORY", help="Told by its color, which must stay."),
]
Seed = Annotated[int, typer.Option(min=0, help="The only source of chance.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress, no summary.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, nothing else.")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; every error meant for people ends in its message and exit code 2."""
    try:
        app(args=list(arguments) if arguments is not None else None)
    except ScenegenError as error:
        print(f"{error}", file=sys.stderr)
        sys.exit(2)
    except ModuleNotFoundError as error:
        print(f"{error.name} is missing: pip install 'scenegen[refine]'", file=sys.stderr)
        sys.exit(2)


@app.command()
def fit(
    renders: Annotated[Path, typer.Option(metavar="DATASET", help="Made by scenegen generate.")],
    photos: Annotated[Path, typer.Option(metavar="DIR", help="Your photographs; no labels.")],
    out: Annotated[Path, typer.Option(help="Folder of the model; run again to continue.")],
    recipe: Annotated[
        str, typer.Option(help="default, stats, resnet, or a YAML file of your own.")
    ] = "default",
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Learn from photographs what renders should look like."""
    from refine.console import TrainingWatcher, print_model
    from refine.fit import fit as fit_model
    from refine.frames import Renders
    from refine.photographs import Photographs
    from refine.processes import cores, use_threads
    from refine.recipe import read_recipe
    from scenegen.dataset import Dataset
    from scenegen.dataset.folder import CARD

    use_threads(cores())
    first = os.environ.get("RANK", "0") == "0"  # of the processes that torchrun began
    wanted = read_recipe(recipe)
    if (photos / CARD).exists():
        raise RefineError(f"{photos}: a dataset of renders; --photos is a folder of photographs")
    ours, theirs = Renders.open(Dataset.open(renders)), Photographs.open(photos)
    try:
        with TrainingWatcher(visible=first and not (quiet or as_json)) as watcher:
            model = fit_model(ours, theirs, wanted, out, watcher=watcher)
    except KeyboardInterrupt:
        if first:
            print("Stopped. Run the same command again to continue.", file=sys.stderr)
        sys.exit(130)
    if not first:
        return
    if as_json:
        card = model.card.model_dump(mode="json")
        print(json.dumps({"out": str(out), "digest": model.digest, "card": card}, indent=2))
    elif not quiet:
        print_model(model)


@app.command()
def apply(
    model: ModelPath,
    dataset: DatasetPath,
    out: Annotated[Path, typer.Option(help="Folder of the new dataset; run again to continue.")],
    strength: Annotated[float, typer.Option(help="0: raw, 1: as fitted.")] = 1.0,
    seed: Seed = 0,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = 1,
    color_labels: ColorLabels = None,
    fail_under: Annotated[
        float, typer.Option(min=0, max=1, help="Exit with 1 if a smaller share is not raw.")
    ] = 0.0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Refine a dataset: the same labels, other pictures, every one judged."""
    from refine import apply as applying
    from refine.console import print_applied, progress_bar
    from refine.model import Model
    from refine.processes import cores, use_threads
    from scenegen.dataset import Dataset

    use_threads(cores())
    opened, source = Model.open(model), Dataset.open(dataset)
    with progress_bar("scenes", visible=not (quiet or as_json)) as progress:
        done = applying.apply(
            opened,
            source,
            out,
            strength=strength,
            seed=seed,
            workers=workers,
            color_labels=frozenset(color_labels or []),
            progress=progress,
        )
    if as_json:
        print(json.dumps(done.as_dict(), indent=2))
    elif not quiet:
        print_applied(done)
    if done.interrupted:
        print("Stopped. Run the same command again to continue.", file=sys.stderr)
        sys.exit(130)
    if fail_under and (share := applying.refined_share(Dataset.open(out))) < fail_under:
        print(f"{out}: {share:.1%} of its pictures are refined, the rest are raw", file=sys.stderr)
        sys.exit(1)


@app.command()
def compare(
    raw: Annotated[Path, typer.Argument(metavar="RAW", help="The renders as they were.")],
    refined: Annotated[Path, typer.Argument(metavar="REFINED", help="The dataset made of them.")],
    photos: Annotated[
        Path, typer.Option(help="Photographs not used to fit: a folder, or a dataset of them.")
    ],
    report: Annotated[Path, typer.Option(help="Folder of the page.")] = Path("out/refine_report"),
    features: Annotated[
        list[str] | None, typer.Option(help="color, texture, randnet, effnet-lite0, NET.onnx.")
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option(metavar="DATASET", help="The same shots as they really look.")
    ] = None,
    inception: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Weights, for FID and Inception score.")
    ] = None,
    fail_under: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Exit with 1 unless surely more than this share is closed."
        ),
    ] = 0.0,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Measure how much of the gap to photographs is closed, and write a page about it."""
    from refine import compare as comparing
    from refine.console import print_gap
    from refine.features import FEATURES
    from refine.photographs import Photographs
    from refine.processes import cores, use_threads
    from scenegen.dataset import Dataset

    use_threads(cores())
    labelled = (photos / "dataset.json").is_file()
    found = comparing.compare(
        Dataset.open(raw),
        Dataset.open(refined),
        Dataset.open(photos) if labelled else Photographs.open(photos),
        report,
        features=tuple(features or FEATURES),
        seed=seed,
        pairs=None if pairs is None else Dataset.open(pairs),
        inception=inception,
    )
    if as_json:
        print(json.dumps(found.as_dict(), indent=2, ensure_ascii=False))
    else:
        print_gap(found)
        print(f"Open {report / comparing.PAGE}")
    if not found.reaches(fail_under):
        sys.exit(1)


@app.command()
def audit(
    dataset: DatasetPath,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Refined pictures of it.")],
    fail_under: Annotated[
        float, typer.Option(min=0, max=1, help="Exit with 1 if a smaller share is accepted.")
    ] = 0.99,
    partial: Annotated[
        bool, typer.Option("--partial", help="Renders without a picture do not count.")
    ] = False,
    color_labels: ColorLabels = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Judge anybody's refined pictures of a dataset, whatever made them."""
    from refine import audit as auditing
    from refine.console import print_audit, progress_bar
    from refine.processes import cores, use_threads
    from scenegen.dataset import Dataset

    use_threads(cores())
    with progress_bar("pictures", visible=not (quiet or as_json)) as progress:
        found = auditing.audit(
            Dataset.open(dataset),
            folder,
            color_labels=frozenset(color_labels or []),
            progress=progress,
        )
    if as_json:
        print(json.dumps(found.as_dict(), indent=2, ensure_ascii=False))
    elif not quiet:
        print_audit(found)
    if (found.accepted_share if partial else found.accepted_share_of_all) < fail_under:
        sys.exit(1)


@app.command()
def rehearse(
    dataset: DatasetPath,
    frames: Annotated[int, typer.Option(min=1, help="So many, evenly spread.")] = 20,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Show the gate pictures whose verdict is known, made of your own renders."""
    from refine.console import print_rehearsal
    from refine.frames import Renders
    from refine.gap.windows import spread
    from refine.gate.rehearsal import rehearse as rehearse_gate
    from refine.processes import cores, use_threads
    from scenegen.dataset import Dataset

    use_threads(cores())
    renders = Renders.open(Dataset.open(dataset))
    found = rehearse_gate((renders[at] for at in spread(len(renders), frames)), seed=seed)
    if as_json:
        print(json.dumps({name: asdict(one) for name, one in found.items()}, indent=2))
    else:
        print_rehearsal(found)


@app.command()
def onnx(
    model: ModelPath,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("refiner.onnx"),
) -> None:
    """Write a model's network as an ONNX file."""
    from refine.model import Model
    from refine.onnx import export_onnx

    export_onnx(Model.open(model), out)
    print(out)
