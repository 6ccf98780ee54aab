"""Commands that put pigtrack itself to the test, on drawn courses."""

from pathlib import Path
from typing import Annotated

import typer

from pigtrack.cli.choices import Fate, Nuisance, Scenario, Scene, Tone
from pigtrack.cli.door import app, bench
from pigtrack.cli.shown import one_line, progress


@app.command()
def phantom(
    out: Annotated[Path, typer.Argument(readable=False, help="A new folder.", metavar="OUT")],
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same photographs.")] = 1,
    scenario: Annotated[Scenario, typer.Option(help="Where it is photographed.")] = Scenario.WARD,
    tone: Annotated[Tone, typer.Option(help="The skin.")] = Tone.LIGHT,
    sessions: Annotated[int, typer.Option(min=1, max=100, help="Sessions.")] = 3,
    shots: Annotated[int, typer.Option(min=1, max=20, help="Photographs a session.")] = 1,
    change: Annotated[Fate, typer.Option(help="What becomes of the lesions.")] = Fate.MIXED,
    nuisance: Annotated[list[Nuisance] | None, typer.Option(help="What goes wrong later; may be repeated.")] = None,
    megapixels: Annotated[float, typer.Option(min=0.5, max=24, help="Size of a photograph.")] = 4.0,
    fall: Annotated[
        float | None, typer.Option(min=1, max=99, help="Percent lost at the end, for fade, shrink and both.")
    ] = None,
    reseated: Annotated[bool, typer.Option("--reseated", help="Set every shot of a session up anew.")] = False,
    freckles: Annotated[int, typer.Option(min=0, max=500, help="So many freckles in place of single lesions.")] = 0,
    scene: Annotated[Scene, typer.Option(help="Single spots, or melasma, a field of confluent pigment.")] = Scene.SPOTS,
) -> None:
    """Draw a course of photographs whose truth is known."""
    from pigtrack import tracker

    if fall is not None and change in (Fate.MIXED, Fate.STATIC):
        raise typer.BadParameter("goes with --change fade, shrink or both.", param_hint="--fall")
    tracker.render_phantom(
        out=out,
        seed=seed,
        scenario=scenario.value,
        tone=tone.value,
        sessions=sessions,
        shots=shots,
        change=change.value,
        nuisances=tuple(each.value for each in nuisance or ()),
        megapixels=megapixels,
        fall=fall,
        reseated=reseated,
        freckles=freckles,
        scene=scene.value,
        progress=progress(),
    )
    typer.echo(f"Wrote {one_line(out)}. Measure it with: pigtrack measure {one_line(out)}")


@bench.command()
def accuracy(
    full: Annotated[bool, typer.Option("--full", help="All tones and scenarios; hours.")] = False,
    out: Annotated[
        Path | None, typer.Option(readable=False, help="Where the figures go besides.", metavar="DIR")
    ] = None,
) -> None:
    """Measure phantoms and compare with their truth."""
    from pigtrack import tracker

    for line in tracker.bench_accuracy(full=full, out=out, progress=progress()):
        typer.echo(line)


@bench.command()
def speed(
    full: Annotated[bool, typer.Option("--full", help="2 to 48 megapixels, 2 to 50 sessions; half an hour.")] = False,
    out: Annotated[
        Path | None, typer.Option(readable=False, help="Where the figures go besides.", metavar="DIR")
    ] = None,
) -> None:
    """Time drawn courses, stage by stage, beside OpenCV's plain decoding."""
    from pigtrack import tracker

    for line in tracker.bench_speed(full=full, out=out, progress=progress()):
        typer.echo(line)
