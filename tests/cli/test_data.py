"""`cs229tui data`: what there is, and whether it is what it should be."""

import json

import pytest
from click.testing import CliRunner

from cs229tui.cli import cli
from cs229tui.cli.data import entries
from cs229tui.labkit.data import DATASETS, cache_folder


def test_the_list_names_source_licence_and_hash() -> None:
    result = CliRunner().invoke(cli, ["data", "list", "--json"])
    found = {entry["name"]: entry for entry in json.loads(result.output)}
    assert list(found) == list(DATASETS)
    assert found["shakespeare"]["state"] == "not here" and found["python"]["state"] == "here"
    assert found["fashion-mnist"]["licence"] == "MIT" and len(found["fashion-mnist"]["files"]) == 4


@pytest.mark.parametrize("width", [80, 60])
def test_a_person_sees_all_of_it_on_a_narrow_screen(width: int) -> None:
    rows = [
        (one.name, "not here", f"{one.size / 1e6:.1f} MB", one.licence, one.count, one.use) for one in DATASETS.values()
    ]
    lines = entries(rows, width)
    assert max(map(len, lines)) <= width
    said = " ".join(" ".join(lines).split())
    for dataset in DATASETS.values():
        assert all(words in said for words in (dataset.name, dataset.licence, dataset.count, dataset.use))


def test_a_damaged_file_is_found_out() -> None:
    cache_folder().mkdir(parents=True)
    (cache_folder() / "tinyshakespeare.txt").write_bytes(b"To be or not")
    result = CliRunner().invoke(cli, ["data", "verify", "shakespeare"])
    assert result.exit_code == 1
    assert "damaged" in result.output and "data get shakespeare" in result.stderr


def test_an_unknown_name_lists_the_known_ones() -> None:
    result = CliRunner().invoke(cli, ["data", "get", "cifar"])
    assert "fashion-mnist" in str(result.exception)
