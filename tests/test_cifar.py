"""CIFAR-10: both archives read the same; absent, partial, corrupt or hostile ones are refused with a sentence."""

import io
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mcuexport.errors import DataError
from mcuexport.train.data import Dataset, Source, cifar, load_dataset

COUNTS = {"train": 20, "test": 10}


@pytest.fixture(autouse=True)
def small_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cifar, "COUNTS", COUNTS)


def jpeg(shade: int, size: tuple[int, int] = (32, 32)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (shade, shade, shade)).save(stream, "JPEG")
    return stream.getvalue()


def jpeg_files() -> dict[str, bytes]:
    return {
        f"{part}/{label}/{number:04}.jpg": jpeg(20 * cifar.LABELS.index(label))
        for part, count in COUNTS.items()
        for label in cifar.LABELS
        for number in range(count // 10)
    }


def record_files() -> dict[str, bytes]:
    def records(labels: range) -> bytes:
        return b"".join(bytes([k % 10]) + bytes([20 * (k % 10)]) * 3072 for k in labels)

    return {
        "cifar-10-batches-bin/data_batch_1.bin": records(range(10)),
        "cifar-10-batches-bin/data_batch_2.bin": records(range(10, 20)),
        "cifar-10-batches-bin/test_batch.bin": records(range(10)),
        "cifar-10-batches-bin/readme.html": b"<html>",
    }


def pack(folder: Path, name: str, files: Mapping[str, bytes]) -> Path:
    with tarfile.open(folder / name, f"w:{name.rpartition('.')[2]}") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return folder / name


def read(folder: Path) -> Dataset:
    return load_dataset(Source("cifar10", folder))


def refused(folder: Path, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        read(folder)


@pytest.mark.parametrize(("name", "files"), [(cifar.JPEG_NAME, jpeg_files()), (cifar.BINARY.name, record_files())])
def test_both_archives_are_read_with_the_classes_in_turn(tmp_path: Path, name: str, files: Mapping[str, bytes]) -> None:
    pack(tmp_path, name, files)
    data = read(tmp_path)
    assert (data.train_x.shape, data.test_x.shape) == ((20, 32, 32, 3), (10, 32, 32, 3))
    np.testing.assert_array_equal(data.train_y, [*range(10), *range(10)])
    np.testing.assert_array_equal(data.train_x[:, 5, 5, 1], 20 * data.train_y)
    assert data.labels == cifar.LABELS


def test_images_can_be_made_smaller(tmp_path: Path) -> None:
    pack(tmp_path, cifar.BINARY.name, record_files())
    data = load_dataset(Source("cifar10", tmp_path, size=16))
    assert data.shape == (16, 16, 3)
    assert data.train_source is not None


def test_an_absent_archive_is_named_with_the_folder(tmp_path: Path) -> None:
    refused(tmp_path, f"^cifar10: cifar-10-binary.tar.gz is neither in {tmp_path}/cifar10 nor in {tmp_path}$")


def test_a_partial_archive_is_refused_with_both_numbers(tmp_path: Path) -> None:
    files = jpeg_files()
    del files["train/cat/0001.jpg"]
    pack(tmp_path, cifar.JPEG_NAME, files)
    refused(tmp_path, r"^cifar10-jpeg.tar.xz: 20 train images are expected, found 19; fetch it again$")


def test_no_more_is_read_than_the_set_has(tmp_path: Path) -> None:
    files = record_files()
    more = {f"data_batch_{number}.bin": files["cifar-10-batches-bin/data_batch_1.bin"] for number in range(100)}
    pack(tmp_path, cifar.BINARY.name, more)
    refused(tmp_path, r"^cifar-10-binary.tar.gz: 20 train images are expected, found 30; fetch it again$")


@pytest.mark.parametrize("name", [cifar.JPEG_NAME, cifar.BINARY.name])
def test_a_truncated_archive_is_refused(tmp_path: Path, name: str) -> None:
    path = pack(tmp_path, name, jpeg_files())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refused(tmp_path, f"^{re.escape(name)}: (damaged archive|20 train images are expected).*; fetch it again$")


@pytest.mark.parametrize("content", [b"<html>not found</html>" * 100, b"\x1f\x8b\x08\x04" + bytes(6)])
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / cifar.JPEG_NAME).write_bytes(content)
    refused(tmp_path, r"^cifar10-jpeg.tar.xz: damaged archive")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (jpeg(9, (31, 32)), "train/cat/0001.jpg: 32x32 pixels are expected, found 31x32"),
        (b"GIF89a", r"train/cat/0001.jpg: no JPEG image \(.*\); fetch the archive again"),
        (jpeg(9)[:200], r"train/cat/0001.jpg: no JPEG image \(.*\); fetch the archive again"),
    ],
)
def test_a_damaged_image_is_named(tmp_path: Path, content: bytes, sentence: str) -> None:
    pack(tmp_path, cifar.JPEG_NAME, {**jpeg_files(), "train/cat/0001.jpg": content})
    refused(tmp_path, f"^{sentence}$")


def test_records_of_another_size_are_refused(tmp_path: Path) -> None:
    name = "cifar-10-batches-bin/test_batch.bin"
    pack(tmp_path, cifar.BINARY.name, {**record_files(), name: b"12345"})
    refused(tmp_path, r"^test_batch.bin: records have 3073 bytes, the file 5; fetch it again$")


def test_names_that_lead_out_of_the_archive_and_links_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / cifar.JPEG_NAME
    with tarfile.open(path, "w:xz") as archive:
        for name, content in {**jpeg_files(), "../../evil.jpg": b"x", "/tmp/evil": b"x"}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("train/cat/0000.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert len(read(tmp_path).train_x) == 20
    assert {p.name for p in tmp_path.iterdir()} == {path.name}


def test_a_member_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cifar, "LARGEST_MEMBER_BYTES", 3000)
    pack(tmp_path, cifar.BINARY.name, record_files())
    refused(tmp_path, r"data_batch_1.bin has 30730 bytes, more than the 3000 allowed$")
