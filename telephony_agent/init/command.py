"""`telephony-agent init`: what it is asked, and what it tells."""

from __future__ import annotations

from pathlib import Path

import click

from .. import __version__
from .project import came_from, requirement, write_project


@click.command(short_help="Start a project of your own in DIR.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Start a project of your own in DIR: an agent with two tools, its test, a script for `demo`, deploy files."""
    for file in write_project(folder, requirement(__version__, came_from())):
        click.echo(f"wrote {file}")
    click.echo(f"next: {folder / 'README.md'}")
