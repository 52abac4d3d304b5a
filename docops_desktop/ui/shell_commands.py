"""Registers what the window itself can do. Titles, groups and keys are decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from docops_desktop.engine.commands import Command
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class ShellActs:
    """The window's acts, as functions without arguments."""

    demo: Act
    open: Act
    new: Act
    import_files: Act
    follow: Act
    close: Act
    quit: Act
    add_filter: Act
    saved_findings: Act
    whatif: Callable[[str], object]
    why: Act
    go: Callable[[str], object]
    theme: Callable[[str], object]
    larger: Act
    smaller: Act
    normal_size: Act
    full_screen: Act
    borders: Act
    palette: Act
    keys: Act
    glossary: Act
    about: Act


MENU_BREAKS = frozenset(
    {
        "file.import",
        "cause.saved",
        "pages.why",
        "file.close",
        "filter.add",
        "view.dark",
        "view.larger",
        "view.full_screen",
        "help.about",
    }
)
"""Commands that a separator stands before in their menu."""


def register_shell_commands(desk: Desk, acts: ShellActs) -> None:
    """Add the commands to the desk's registry, in menu order."""

    def loaded() -> bool:
        return desk.workspace_info is not None

    def add(ident: str, group: str, title: str, run: Act, keys: str = "", *, needs: Callable[[], bool] | None = None,
            label: Callable[[], str] | None = None, tip: str = "") -> None:  # fmt: skip
        if ident not in desk.commands:
            always = needs or (lambda: True)
            desk.commands.register(Command(ident, title, group, lambda: _run(run), keys, always, label, tip))

    file, edit, analyse, view, go, help_ = tr("File"), tr("Edit"), tr("Analyse"), tr("View"), tr("Go"), tr("Help")
    add("file.demo", file, tr("Open the demo"), acts.demo, tip=tr("A realistic shop with one hidden incident"))
    add("file.new", file, tr("New workspace …"), acts.new, "Ctrl+N")
    add("file.open", file, tr("Open workspace …"), acts.open, "Ctrl+O")
    add("file.import", file, tr("Import files …"), acts.import_files, "Ctrl+I", tip=tr("Or drop files on the window"))
    add("file.follow", file, tr("Follow a folder …"), acts.follow, "Ctrl+Shift+I",
        needs=lambda: desk.workspace_info is not None and not desk.workspace_info.read_only,
        tip=tr("Load exports as they arrive there, and new lines of those that grow"))  # fmt: skip
    add(
        "file.unfollow", file, tr("Stop following the folder"), desk.follow.stop, needs=lambda: desk.follow.state.active
    )
    add("file.close", file, tr("Close workspace"), acts.close, "Ctrl+W", needs=loaded)
    add("file.quit", file, tr("Quit"), acts.quit, "Ctrl+Q")
    add("edit.undo", edit, tr("Undo"), desk.undo, "Ctrl+Z", needs=lambda: desk.history.undo_text is not None,
        label=lambda: tr("Undo {act}").format(act=fmt.prose(desk.history.undo_text or "")).strip())  # fmt: skip
    add("edit.redo", edit, tr("Redo"), desk.redo, "Ctrl+Shift+Z", needs=lambda: desk.history.redo_text is not None,
        label=lambda: tr("Redo {act}").format(act=fmt.prose(desk.history.redo_text or "")).strip())  # fmt: skip
    add("filter.add", edit, tr("Add filter …"), acts.add_filter, "Ctrl+F", needs=loaded)
    add(
        "filter.clear",
        edit,
        tr("Clear all filters"),
        desk.clear,
        "Ctrl+Shift+Backspace",
        needs=lambda: not desk.selection.is_empty,
    )
    add("filter.window", edit, tr("Clear the window"), lambda: desk.set_window(None), "Ctrl+Backspace",
        needs=lambda: desk.selection.span is not None)  # fmt: skip
    add("filter.baseline_auto", edit, tr("Baseline: same hours of earlier days of the same kind"), lambda: desk.set_baseline(None),
        needs=lambda: desk.state.baseline is not None)  # fmt: skip
    add(
        "filter.baseline_none",
        edit,
        tr("Baseline: none"),
        lambda: desk.set_baseline(()),
        needs=lambda: bool(desk.baseline),
    )
    add("cause.find", analyse, tr("Find the cause"), lambda: find_cause(desk), "Ctrl+E", needs=loaded,
        tip=tr("Name the combination behind a drop in the window; without a window: what stands out"))  # fmt: skip
    add("cause.cancel", analyse, tr("Cancel the search for the cause"), desk.cause.cancel, "Ctrl+.",
        needs=lambda: desk.cause.state.busy)  # fmt: skip
    add("cause.close", analyse, tr("Close the cause panel"), desk.cause.close, needs=lambda: desk.cause.state.open)
    add("cause.saved", analyse, tr("Saved findings …"), acts.saved_findings, needs=loaded)
    add("pages.why", analyse, tr("Why is this page group red?"), acts.why,
        needs=lambda: desk.results is not None and desk.results.pages is not None and bool(desk.results.pages.rows),
        tip=tr("The status of the page group under the cursor, explained"))  # fmt: skip
    add("whatif.segment", analyse, tr("What if: change a segment …"), partial(acts.whatif, "segment"), needs=loaded,
        tip=tr("For example one carrier to the median of everybody else"))  # fmt: skip
    add("whatif.save", analyse, tr("What if: save scenario …"), partial(acts.whatif, "save"),
        needs=lambda: loaded() and bool(desk.scenario.changes))  # fmt: skip
    add("whatif.compare", analyse, tr("What if: compare scenarios …"), partial(acts.whatif, "compare"),
        needs=lambda: loaded() and bool(desk.scenario.changes or desk.scenarios.saved))  # fmt: skip
    for number, (ident, title) in enumerate(perspective_titles().items(), 1):
        add(f"go.{ident}", go, title, partial(acts.go, ident), f"Ctrl+{number}", needs=loaded)
    for ident, title in theme_titles().items():
        add(f"view.{ident}", view, title, partial(acts.theme, ident))
    add("view.larger", view, tr("Larger text"), acts.larger, "Ctrl++")
    add("view.smaller", view, tr("Smaller text"), acts.smaller, "Ctrl+-")
    add("view.normal_size", view, tr("Normal text size"), acts.normal_size, "Ctrl+0")
    add("view.full_screen", view, tr("Full screen"), acts.full_screen, "F11")
    add("view.borders", view, tr("Move the borders between panels"), acts.borders, "F8", needs=loaded,
        tip=tr("Goes to a border, and on to the next one; arrow keys move it, Esc goes back"))  # fmt: skip
    add("help.palette", help_, tr("Search commands …"), acts.palette, "Ctrl+Shift+P")
    add("help.keys", help_, tr("Keyboard and mouse"), acts.keys, "?")
    add("help.glossary", help_, tr("Glossary"), acts.glossary, "Shift+F1")
    add("help.about", help_, tr("About and system report"), acts.about)


def find_cause(desk: Desk) -> None:
    """Search the cause of what is selected and go where the answer will be shown."""
    desk.set_view(perspective="investigate")
    desk.cause.ask()


def _run(act: Act) -> None:
    act()


def perspective_titles() -> dict[str, str]:
    """Return the perspectives' titles by id, in the rail's order."""
    return {
        "bridge": tr("Bridge"),
        "investigate": tr("Investigate"),
        "whatif": tr("What-if"),
        "data": tr("Data"),
    }


def theme_titles() -> dict[str, str]:
    """Return the choices of looks."""
    return {
        "dark": tr("Dark"),
        "light": tr("Light"),
        "contrast": tr("High contrast"),
        "system": tr("Follow the system"),
    }
