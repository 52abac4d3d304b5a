"""``screenshot``: the real window as a picture, without a display."""

from __future__ import annotations

import re
from pathlib import Path

import click

from docops_desktop.cli.options import WORKSPACE, Filters, filter_options, output_options
from docops_desktop.cli.output import Reporter, print_json
from docops_desktop.cli.reading import reading, selection_of
from docops_desktop.cli.services import CliState
from docops_desktop.engine.state import PERSPECTIVES
from docops_desktop.model.errors import RequestError

SMALLEST, LARGEST = 320, 16384


def _size(_ctx: click.Context, parameter: click.Parameter, value: str) -> tuple[int, int]:
    """Return width and height in pixels of ``1600x900`` (a click callback)."""
    match = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", value.strip())
    if match is None:
        raise click.BadParameter(f"{value!r} is no size; write for example 1600x900", param_hint=parameter.opts[0])
    width, height = int(match[1]), int(match[2])
    if not (SMALLEST <= width <= LARGEST and SMALLEST <= height <= LARGEST):
        raise click.BadParameter(f"width and height must be from {SMALLEST} to {LARGEST}", param_hint=parameter.opts[0])
    return width, height


@click.command("screenshot")
@WORKSPACE
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="FILE.png", help="Where to write it.")
@click.option(
    "--perspective",
    type=click.Choice(PERSPECTIVES, case_sensitive=False),
    default="bridge",
    show_default=True,
    help="What to show.",
)
@click.option(
    "--size", callback=_size, metavar="WIDTHxHEIGHT", default="1600x900", show_default=True, help="Size of the window."
)
@click.option("--scale", type=click.FloatRange(0.5, 4), default=1.0, show_default=True, help="Pixels per unit.")
@click.option("--theme", type=click.Choice(["dark", "light", "contrast"]), default="dark", show_default=True)
@filter_options
@output_options
@click.pass_obj
def screenshot_command(
    state: CliState,
    workspace: Path,
    out: Path,
    perspective: str,
    size: tuple[int, int],
    scale: float,
    theme: str,
    *,
    filters: Filters,
    as_json: bool,
    quiet: bool,
) -> None:
    """Render the window with WORKSPACE into a picture."""
    if out.suffix.lower() != ".png":
        raise RequestError("the picture is a PNG file", str(out), "Use a name that ends in .png")
    if not out.absolute().parent.is_dir():
        raise RequestError("there is no such folder", str(out.absolute().parent), "Make it, or choose another place")
    reporter = Reporter(quiet=quiet)
    with reading(workspace, reporter) as loaded:
        selection = selection_of(loaded, filters, reporter) if filters != Filters() else None
    state.services.render(
        workspace=workspace,
        out=out,
        perspective=perspective,
        size=size,
        scale=scale,
        theme=theme,
        selection=selection,
    )
    if as_json:
        print_json(
            {
                "out": str(out.absolute()),
                "perspective": perspective,
                "width": round(size[0] * scale),
                "height": round(size[1] * scale),
                "scale": scale,
                "theme": theme,
            }
        )
    else:
        reporter.note(f"Wrote {out}")
