"""The command line. Heavy modules are imported by the command that needs them.

Exit codes: 0 all done, 1 some scenes could not be made, files differ or labels are wrong, 2 a mistake
in what was asked (its message says where, what, and what to do), 130 stopped by Ctrl-C.
"""

import json
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from scenegen.errors import ScenegenError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A YAML recipe in, labelled images for robot vision out.",
)
assets_app = typer.Typer(no_args_is_help=True, help="Look at objects before they are used.")
app.add_typer(assets_app, name="assets")

RecipePath = Annotated[Path, typer.Argument(metavar="RECIPE", help="A YAML recipe.")]
DatasetPath = Annotated[Path, typer.Argument(metavar="DATASET", help="A folder made by generate.")]
Roots = Annotated[
    list[Path] | None,
    typer.Option("--assets", metavar="DIR", help="Where a recipe's folders are also looked for."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, nothing else.")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; every error meant for people ends in its message and exit code 2."""
    try:
        app(args=list(arguments) if arguments is not None else None)
    except ScenegenError as error:
        print(f"{error}", file=sys.stderr)
        sys.exit(2)


@app.command()
def check(recipe: RecipePath, assets: Roots = None) -> None:
    """Say what is wrong with a recipe, all at once."""
    from scenegen.project import open_project

    project = open_project(recipe, assets or [])
    groups = f"{len(project.recipe.objects)} groups of objects"
    print(f"{recipe}: all right ({groups}, {len(project.library.ids())} objects to choose from)")


@app.command()
def generate(
    recipe: RecipePath,
    out: Annotated[str, typer.Option(help="Folder or URL of the dataset; run again to continue.")],
    assets: Roots = None,
    scenes: Annotated[int | None, typer.Option(min=1, help="How many in all.")] = None,
    only: Annotated[str | None, typer.Option(metavar="A:B", help="Only scenes A to B-1.")] = None,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Only part I of N, from 0 to N-1.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = 1,
    on: Annotated[
        str | None, typer.Option(metavar="ray[:ADDRESS]", help="Work on a Ray cluster.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress, no summary.")] = False,
    as_json: Json = False,
) -> None:
    """Make a dataset, or continue one."""
    from scenegen.project import join_library, read_recipe

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # how schedulers stop a job
    draft = read_recipe(recipe)
    run = _pool(on, workers)
    project = join_library(draft, assets or [])
    from scenegen.batch import run_batch, scene_range, shard_of  # a bad recipe waits for none of it
    from scenegen.console import TerminalWatcher, print_summary

    total = scenes or project.recipe.scenes
    indices = scene_range(only) if only else range(total)
    if shard:
        indices = shard_of(indices, shard)
    command = ["scenegen", "generate", str(recipe), "--out", out]
    command += [word for root in assets or [] for word in ("--assets", str(root))]
    with TerminalWatcher(visible=not (quiet or as_json)) as watcher:
        summary = run_batch(project, out, indices, total, run, shlex.join(command), watcher)
    if as_json:
        print(json.dumps(summary.as_dict(), indent=2))
    elif not quiet:
        print_summary(summary)
    if summary.interrupted:
        print("Stopped. Run the same command again to continue.", file=sys.stderr)
        sys.exit(130)
    if summary.failed:
        sys.exit(1)


def _pool(on: str | None, workers: int) -> Callable[..., Any]:
    """What runs the scenes: processes of this machine, the first of them begun, or a cluster."""
    if on is None:
        from scenegen.workers import hire, run_tasks

        return partial(run_tasks, workers=workers, first=hire(module="scenegen.batch"))
    name, _, address = on.partition(":")
    if name != "ray":
        raise ScenegenError(f"--on {on}: expected ray, or ray:ADDRESS")
    from scenegen.cluster.on_ray import run_on_ray

    return partial(run_on_ray, address=address or None)


@app.command()
def preview(
    recipe: RecipePath,
    scene: Annotated[int, typer.Option(min=0, help="Index of the scene.")] = 0,
    shot: Annotated[int, typer.Option(min=0, help="Which of its pictures.")] = 0,
    out: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path("preview.png"),
    assets: Roots = None,
) -> None:
    """Draw one picture with all its labels, to look at a recipe before running it."""
    from scenegen.preview import write_preview
    from scenegen.project import open_project

    print(write_preview(open_project(recipe, assets or []), scene, shot, out))


@app.command()
def replay(
    dataset: DatasetPath,
    scene: Annotated[int, typer.Argument(min=0, help="Index of the scene.")],
    out: Annotated[Path | None, typer.Option(help="Default: DATASET_replay beside it.")] = None,
    assets: Roots = None,
) -> None:
    """Draw a scene again from its scene.json, without physics, and compare."""
    from scenegen.replay import replay_scene

    result = replay_scene(dataset, scene, out, assets or [])
    print(result)
    if result.different:
        sys.exit(1)


@app.command()
def export(
    dataset: DatasetPath,
    form: Annotated[str, typer.Argument(metavar="FORMAT", help="See docs/formats.md.")],
    out: Annotated[Path, typer.Option(help="Folder of the export; run again to continue.")],
    split: Annotated[str, typer.Option(help="By scene, e.g. train=0.8,val=0.2.")] = "",
    only: Annotated[str | None, typer.Option(metavar="A:B", help="Only scenes A to B-1.")] = None,
    categories: Annotated[str, typer.Option(help="Only these, e.g. mug,can=container.")] = "",
    min_visible: Annotated[
        float, typer.Option(min=0, max=1, help="Objects seen less than this do not count.")
    ] = 0.0,
    choices: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A choice that only this format has."),
    ] = None,
    assets: Roots = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress, no remarks.")] = False,
) -> None:
    """Write a dataset in the format of other tools."""
    from scenegen.batch import scene_range
    from scenegen.console import progress_bar
    from scenegen.dataset import Dataset
    from scenegen.export import Options, export_dataset
    from scenegen.export.selection import select

    scenes = scene_range(only) if only else None
    selection = select(Dataset.open(dataset), split, categories, min_visible, scenes)
    chosen = dict(entry.partition("=")[::2] for entry in choices or [])
    options = Options(chosen, tuple(assets or []))
    with progress_bar("scenes", visible=not quiet) as progress:
        remarks = export_dataset(selection, form, out, options, progress)
    if not quiet:
        print(out)
        for remark in remarks:
            print(f"  {remark}")


@app.command()
def verify(
    dataset: DatasetPath,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Look at so many shots, evenly spread.")
    ] = None,
    report: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("out/verify"),
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out what lies outside of the pictures.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = 1,
    assets: Roots = None,
    as_json: Json = False,
) -> None:
    """Derive every label again by ray casting, and say what is wrong with a dataset."""
    from scenegen.console import print_verdict, progress_bar
    from scenegen.verify import verify_dataset, write_report

    with progress_bar("scenes", visible=not as_json) as progress:
        found = verify_dataset(
            dataset,
            assets=assets or [],
            sample=sample,
            quick=quick,
            workers=workers,
            progress=progress,
        )
    page = write_report(found, report, assets or [])
    if as_json:
        print(json.dumps(found.as_dict(), indent=2, ensure_ascii=False))
    else:
        print_verdict(found)
        print(f"Report: {page}")
    if not found.passed:
        sys.exit(1)


@app.command()
def stats(dataset: DatasetPath, as_json: Json = False) -> None:
    """Count what is in a dataset; write its contact sheet and web page."""
    from scenegen.console import print_statistics
    from scenegen.dataset import Dataset
    from scenegen.report import statistics, write_report

    opened = Dataset.open(dataset)
    numbers = statistics(opened)
    if as_json:
        print(json.dumps(numbers, indent=2))
        return
    print_statistics(numbers)
    print(f"Contact sheet: {write_report(opened)}")


@assets_app.command("check")
def assets_check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of meshes.")],
    sheet: Annotated[Path, typer.Option(help="Where the thumbnails go.")] = Path("assets.png"),
    as_json: Json = False,
) -> None:
    """Say what is wrong with a folder of meshes: a line each, and a sheet of thumbnails."""
    from scenegen.thumbnails import check_folder

    if not check_folder(folder, sheet, as_json):
        sys.exit(1)


@assets_app.command("list")
def assets_list(
    sheet: Annotated[Path | None, typer.Option(help="Also draw thumbnails here.")] = None,
) -> None:
    """Name the objects, materials and environments that come with scenegen."""
    from scenegen.thumbnails import list_builtin

    list_builtin(sheet)
