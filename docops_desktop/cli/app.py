"""The command group: names the commands, and turns whatever ends a command into an exit status and one clear line.

A command's module is loaded when it is run or asked for help, so that ``--help`` is quick. Nothing here may import the window; what needs it
(``demo``, ``screenshot``) gets a function from ``__main__``.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from docops_desktop import __version__
from docops_desktop.cli.services import CliState, Services
from docops_desktop.model.errors import Cancelled, KnownError, RequestError, WorkspaceError

PROGRAM = "docops-desktop"
CANCELLED_STATUS = 130
DEFECT_STATUS = 70
REQUEST_STATUS = RequestError.exit_status
WORKSPACE_STATUS = WorkspaceError.exit_status
OUTSIDE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENAMETOOLONG})
"""What the machine refuses; no defect, wherever it is met."""

COMMANDS: dict[str, tuple[str, str]] = {
    "import": ("imports:import_command", "Load exports into a workspace; makes the workspace when there is none."),
    "preview": ("preview:preview_command", "Show what the reader sees in a file, before anything is stored."),
    "adapters": ("preview:adapters_command", "List the systems whose exports are recognised."),
    "imports": ("imports:ledger_command", "List what was imported."),
    "forget": ("imports:forget_command", "Take one import out again."),
    "quarantine": ("imports:quarantine_command", "List rejected rows with line and reason."),
    "privacy": ("privacy:privacy_command", "Tell what was done to personal data, import by import."),
    "purge": ("privacy:purge_command", "Remove everything of before a time, really."),
    "pages": ("pages:pages_command", "Rank page groups by what they cost."),
    "segments": ("segments:segments_command", "Show measures by one to three dimensions."),
    "explain": ("explain:explain_command", "Name the combination behind a drop, or what stands out."),
    "whatif": ("whatif:whatif_command", "Tell what faster pages would bring."),
    "check": ("check:check_command", "Check that a workspace is whole."),
    "demo": ("demo:demo_command", "Make a realistic workspace with a planted incident and open it."),
    "screenshot": ("screenshot:screenshot_command", "Render the window into a picture, without a display."),
    "doctor": ("doctor:doctor_command", "Show versions, paths and graphics, and test the engine."),
}
"""Command -> where it is, and the line that ``--help`` shows for it."""


class App(click.Group):
    """Loads commands on demand; ends with a status and one line instead of a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(f"docops_desktop.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: ARG002 - it always is
        **extra: Any,
    ) -> Any:
        """Run and exit with the status that the command line promises."""
        state = extra.setdefault("obj", CliState())
        try:
            status = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except BaseException as error:
            status = _status_of(error, state)
        sys.exit(status if isinstance(status, int) else 0)


def _status_of(error: BaseException, state: CliState) -> int:
    if isinstance(error, SystemExit):
        raise error
    if state.debug and not isinstance(error, click.exceptions.Exit):
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        # Whoever read our output has had enough; the interpreter must not complain about it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    if isinstance(error, KeyboardInterrupt | click.Abort | Cancelled):
        return _say("cancelled; what was finished before stays, nothing is left half done", CANCELLED_STATUS)
    if isinstance(error, KnownError):
        return _say(str(error), error.exit_status)
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx is not None else PROGRAM
        return _say(f"{error.format_message().rstrip('.')}. See {command} --help", REQUEST_STATUS)
    if isinstance(error, click.ClickException):
        return _say(error.format_message(), error.exit_code)
    if isinstance(error, MemoryError):
        return _say("there is not enough memory. Close other programs or narrow the filters", 1)
    if isinstance(error, OSError) and error.errno in OUTSIDE:
        status = WORKSPACE_STATUS if str(error.filename).endswith(".docops") else REQUEST_STATUS
        where = f"{error.filename}: " if error.filename else ""
        return _say(f"{where}{error.strerror}. Check the path, its permissions and the disk", status)
    if not isinstance(error, Exception):
        raise error
    hint = "" if state.debug else " Run it again with --debug for the traceback"
    return _say(f"a defect of the program: {type(error).__name__}: {error}.{hint}", DEFECT_STATUS)


def _say(text: str, status: int) -> int:
    click.echo(f"{PROGRAM}: {' '.join(text.split())}", err=True)
    return status


def _set_debug(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        ctx.ensure_object(CliState).debug = True


@click.group(
    cls=App,
    name=PROGRAM,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    epilog="Without arguments, or with one .docops file, the window opens. Exit status: 0 done; 1 done in part, or the answer is no; "
    "2 the request is wrong; 3 the workspace can't be used.",
)
@click.version_option(__version__, prog_name=PROGRAM)
@click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_set_debug,
    help="Show the traceback of an error.",
)
def app() -> None:
    """DocOps Desktop: a Digital Operations Center on one analyst's machine."""


def run(arguments: Sequence[str], services: Services) -> int:
    """Run a command line; return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app.main(args=list(arguments), prog_name=PROGRAM, obj=CliState(services=services))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
