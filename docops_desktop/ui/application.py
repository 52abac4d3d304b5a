"""Starts the window: first paint, then everything that is heavy.

Order matters. Nothing that is imported here, directly or not, may load pandas, numba, pyarrow, scipy or sqlite_utils; they come in a background
thread once the window has been painted. The desk's callbacks come back through one queued signal.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QLibraryInfo, QLocale, Qt, QTimer, QTranslator
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from docops_desktop import __version__
from docops_desktop.engine.desk import Desk
from docops_desktop.engine.import_process import import_apart
from docops_desktop.engine.settings import SettingsFile
from docops_desktop.ui.dispatch import QtDispatcher
from docops_desktop.ui.faults import FaultHook, start_logging
from docops_desktop.ui.garbage import GarbageCollector
from docops_desktop.ui.icons import application_icon
from docops_desktop.ui.main_window import MainWindow
from docops_desktop.ui.theme import follow_system, set_room, set_theme

if TYPE_CHECKING:
    from docops_desktop.ui.theme import ThemeChoice


def application(theme: ThemeChoice = "system", scale: float = 1.0) -> QApplication:
    """Return the one QApplication, made and dressed if need be."""
    # Painting crosses between Qt and Python hundreds of times a frame, and waits at a crossing for as long as a worker may keep the interpreter: 5 ms
    # by default. Much less than 1 ms would cost more than it gains: on a busy machine every change of hands waits for the system's scheduler.
    sys.setswitchinterval(1e-3)
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
        app = QApplication(sys.argv[:1])
        # Fusion looks the same everywhere and takes the style sheet fully; native styles don't.
        app.setStyle("Fusion")
        _use_system_language(app)
    QCoreApplication.setApplicationName("docops-desktop")
    QCoreApplication.setApplicationVersion(__version__)
    QGuiApplication.setApplicationDisplayName("DocOps Desktop")
    QGuiApplication.setDesktopFileName("docops-desktop")
    app.setWindowIcon(application_icon())
    if QLocale().language() == QLocale.Language.C:
        # The "C" locale groups no digits: 1234567 can't be read.
        QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    set_theme(theme, scale)
    return app


def _use_system_language(app: QApplication) -> None:
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(QLocale(), "qtbase", "_", folder):
        app.installTranslator(translator)


WINDOW_MODULES: tuple[str, ...] = (
    *(f"docops_desktop.ui.perspectives.{name}" for name in ("bridge", "investigate", "whatif", "data")),
    *(
        f"docops_desktop.ui.panels.{name}"
        for name in ("timeline", "pages", "heatmap", "segments", "distribution", "whatif", "cause")
    ),
)
"""Perspectives and chart code, imported behind the painted window; only the window's thread makes widgets of it."""


class Session:
    """Desk, dispatcher and main window of one run. Make it in the window's thread; ``end()`` it before the application goes.

    Args:
        settings: the user's settings; None = the file in the user's configuration folder.
    """

    def __init__(self, settings: SettingsFile | None = None) -> None:
        self.dispatcher = QtDispatcher()
        self.desk = Desk(self.dispatcher, settings, importer=import_apart)
        self.window = MainWindow(self.desk)

    def is_calm(self) -> bool:
        """Nothing is computed, imported or dragged."""
        return not self.desk.busy and not self.desk.jobs and not QApplication.mouseButtons()

    def end(self) -> None:
        """Save, close, and wait for the threads."""
        self.window.hide()
        self.desk.shut_down()
        self.dispatcher.stop()
        set_room(1.0)
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(self.window, QEvent.Type.DeferredDelete)


def run(path: Path | None = None) -> int:
    """Show the window until it is closed; return the exit status.

    Args:
        path: workspace to open, or an export to import; None = the start page.
    """
    start_logging()
    settings = SettingsFile()
    app = application(settings.theme, float(settings.get("text_scale", 1.0)))  # type: ignore[arg-type]
    follow_system()
    session = Session(settings)
    hook = FaultHook(lambda report: session.dispatcher(lambda: session.window.show_fault(report)))
    hook.install()
    session.window.show()
    QTimer.singleShot(0, lambda: _after_first_paint(session, path))
    try:
        return int(app.exec())
    finally:
        hook.remove()
        session.end()


def _after_first_paint(session: Session, path: Path | None) -> None:
    from docops_desktop.engine.warm_up import warm_up

    session.desk.watch.start()
    garbage, perspectives = GarbageCollector(session.is_calm, session.window), session.window.perspectives
    perspectives.wait_for_prepare()

    def prepare() -> None:
        session.dispatcher(perspectives.prepare)

    def done() -> None:
        prepare()  # also where an import failed: making the panels tells what is wrong
        session.dispatcher(garbage.start)

    warm_up(WINDOW_MODULES, prepare, done)
    if path is not None:
        session.window.files.dropped([path])
