"""The output folder: all files or none, and never over something that is not ours."""

import json
import os
from pathlib import Path

import pytest
from small import generated, golden_graph

from mcuexport import __version__
from mcuexport.errors import OutputError
from mcuexport.output import MANIFEST, write_folder, write_generated


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def refusal(folder: Path) -> str:
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(OutputError) as caught:
        write_generated(folder, generated(golden_graph()))
    assert sorted(folder.parent.rglob("*")) == before
    return str(caught.value)


def test_a_new_folder_holds_the_sources_and_a_manifest(tmp_path: Path) -> None:
    made = generated(golden_graph())
    write_generated(tmp_path / "deep" / "down" / "net", made)
    found = content(tmp_path / "deep" / "down" / "net")
    manifest = json.loads(found.pop(MANIFEST))
    assert found == made.sources
    assert manifest == {
        "mcuexport": __version__,
        "name": "net",
        "model_hash": made.model_hash,
        "files": sorted(made.sources),
    }
    assert [path.name for path in (tmp_path / "deep" / "down").iterdir()] == ["net"]


def test_the_same_is_written_twice(tmp_path: Path) -> None:
    for name in ("a", "b", "b"):
        write_generated(tmp_path / name, generated(golden_graph()))
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_an_earlier_output_is_replaced_altogether(tmp_path: Path) -> None:
    write_generated(tmp_path / "net", generated(golden_graph(), "other"))
    write_generated(tmp_path / "net", generated(golden_graph()))
    assert set(content(tmp_path / "net")) == {MANIFEST, *generated(golden_graph()).sources}
    assert [path.name for path in tmp_path.iterdir()] == ["net"]


def test_an_empty_folder_is_filled_and_has_usual_rights(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "usual").mkdir()
    write_generated(tmp_path / "net", generated(golden_graph()))
    assert (tmp_path / "net").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "thesis.txt").write_text("years of work")
    folder = tmp_path / "net"
    assert refusal(folder) == f"{folder}: holds other files, such as thesis.txt; name a new folder"
    assert (folder / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    "manifest", ["", "{}", "[]", "null", '{"files": 3}', '{"files": null}', "\0", '{"files": [[1]]}']
)
def test_a_manifest_of_something_else_is_no_permission(tmp_path: Path, manifest: str) -> None:
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / MANIFEST).write_text(manifest)
    assert refusal(folder) == f"{folder}: holds other files, such as {MANIFEST}; name a new folder"


def test_a_file_of_the_users_among_ours_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "net"
    write_generated(folder, generated(golden_graph()))
    (folder / "notes.txt").write_text("mine")
    assert refusal(folder) == f"{folder}: holds notes.txt, which is not ours; move it or name a new folder"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "net").write_text("a file")
    assert refusal(tmp_path / "net") == f"{tmp_path / 'net'}: is a file; name a new folder"


def test_the_folder_one_is_in_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sentence = ".: is the folder you are in, and would be replaced; name a folder inside it"
    assert refusal(Path(".")) == sentence


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    write_generated(tmp_path / "real", generated(golden_graph(), "other"))
    (tmp_path / "link").symlink_to("real")
    write_generated(tmp_path / "link", generated(golden_graph()))
    assert (tmp_path / "link").is_symlink()
    assert "net.c" in content(tmp_path / "real")


@pytest.mark.parametrize("existed", [False, True])
@pytest.mark.parametrize("failing", ["write", "rename"])
def test_a_failure_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, existed: bool, failing: str
) -> None:
    folder = tmp_path / "net"
    if existed:
        write_generated(folder, generated(golden_graph(), "before"))
    before = content(folder) if existed else None
    rename = os.rename

    def no_space(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    def fail_at_the_end(source: Path, target: Path) -> None:
        (no_space if Path(target) == folder and not str(source).endswith("-old") else rename)(source, target)

    if failing == "write":
        monkeypatch.setattr(Path, "write_text", no_space)
    else:
        monkeypatch.setattr(os, "rename", fail_at_the_end)
    with pytest.raises(OSError, match="No space left on device"):
        write_folder(folder, {"a.c": "a", MANIFEST: "{}"})
    assert [path.name for path in tmp_path.iterdir()] == (["net"] if existed else [])
    assert before == (content(folder) if existed else None)
