"""The registry of commands: unique, searchable, honest about what can be run now."""

from __future__ import annotations

import pytest

from docops_desktop.engine.commands import Command, CommandRegistry


def command(command_id: str, title: str, **more: object) -> Command:
    return Command(command_id, title, str(more.pop("group", "View")), lambda: None, **more)  # type: ignore[arg-type]


def test_ids_and_shortcuts_are_unique() -> None:
    registry = CommandRegistry()
    registry.register(command("a", "A", shortcut="Ctrl+Z"))
    with pytest.raises(ValueError, match="twice"):
        registry.register(command("a", "Other"))
    with pytest.raises(ValueError, match=r"Ctrl\+z"):
        registry.register(command("b", "B", shortcut="Ctrl+z"))
    registry.register(command("c", "C"))
    registry.register(command("d", "D"))
    assert [c.id for c in registry] == ["a", "c", "d"]


def test_a_command_that_is_not_enabled_is_not_run() -> None:
    registry, ran = CommandRegistry(), []
    registry.register(Command("undo", "Undo", "Edit", lambda: ran.append(1), enabled=lambda: False))
    assert not registry.run("undo")
    assert ran == []
    assert registry.search("undo") == ()


def test_the_label_follows_the_state() -> None:
    texts = iter(["Undo filter Country = DE", "Undo"])
    undo = Command("undo", "Undo", "Edit", lambda: None, label=lambda: next(texts))
    assert undo.text() == "Undo filter Country = DE"
    assert undo.text() == "Undo"


def test_search_finds_letters_in_order_best_first() -> None:
    registry = CommandRegistry()
    for name in ("Show heatmap", "Clear all filters", "Import files", "Copy heatmap as picture"):
        registry.register(command(name.lower(), name))
    assert [c.title for c in registry.search("heat")] == ["Show heatmap", "Copy heatmap as picture"]
    assert registry.search("caf")[0].title == "Clear all filters"
    assert registry.search("xyz") == ()
    assert len(registry.search("")) == 4


def test_groups_keep_the_order() -> None:
    registry = CommandRegistry()
    for number, group in enumerate(("File", "Edit", "File")):
        registry.register(command(str(number), str(number), group=group))
    assert {group: [c.id for c in commands] for group, commands in registry.groups().items()} == {
        "File": ["0", "2"],
        "Edit": ["1"],
    }
