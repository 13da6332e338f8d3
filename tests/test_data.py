"""Data sets from files: what is read, and what is refused in which words."""

import gzip
import hashlib
import struct
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mcuexport.errors import DataError
from mcuexport.train.data import DATASETS, Framing, Source, load_dataset
from mcuexport.train.data.download import RemoteFile, find_file
from mcuexport.train.data.idx import read_idx
from mcuexport.train.data.mnist import FILES
from mcuexport.train.data.resize import resize_images, resize_matrix

RNG = np.random.default_rng(1)
IMAGES = RNG.integers(0, 256, (20, 28, 28), dtype=np.uint8)
LABELS = np.arange(20, dtype=np.uint8) % 10


def idx_bytes(array: np.ndarray) -> bytes:
    return struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()


def write_mnist(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in zip(FILES, (IMAGES, LABELS, IMAGES[:10], LABELS[:10]), strict=True):
        (folder / name).write_bytes(gzip.compress(idx_bytes(array)))


@pytest.mark.parametrize("below", ["", "mnist"])
def test_mnist_is_read_from_a_folder(tmp_path: Path, below: str) -> None:
    write_mnist(tmp_path / below)
    data = load_dataset(Source("mnist", tmp_path, size=28))
    np.testing.assert_array_equal(data.train_x[..., 0], IMAGES)
    np.testing.assert_array_equal(data.test_y, LABELS[:10])
    assert (data.shape, data.scale, data.zero_point, data.train_source) == ((28, 28, 1), 2.0**-8, 0, None)


def test_mnist_is_read_without_gzip_from_the_folder_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCUEXPORT_DATA", str(tmp_path))
    for name, array in zip(FILES, (IMAGES, LABELS, IMAGES[:10], LABELS[:10]), strict=True):
        (tmp_path / name.removesuffix(".gz")).write_bytes(idx_bytes(array))
    data = load_dataset(Source("mnist"))
    assert data.shape == (16, 16, 1)
    assert data.train_source is not None
    assert data.train_source.shape == (20, 28, 28, 1)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        load_dataset(Source("mnist", tmp_path))
    assert str(error.value) == f"mnist: {FILES[0]} is neither in {tmp_path / 'mnist'} nor in {tmp_path}"


BROKEN = {
    "truncated gzip": (
        gzip.compress(idx_bytes(IMAGES))[:-20],
        "x.gz: damaged gzip file (Compressed file ended before the end-of-stream marker was reached); fetch it again",
    ),
    "labels for images": (
        idx_bytes(np.zeros(100, np.uint8)),
        "x.gz: magic number 0x00000801, but a file of images has 0x00000803",
    ),
    "too short": (
        idx_bytes(IMAGES)[:-1],
        f"x.gz: header promises {IMAGES.size} bytes, found {IMAGES.size - 1}",
    ),
    "too long": (idx_bytes(IMAGES) + b"\0", f"x.gz: header promises {IMAGES.size} bytes, found more"),
    "no header": (b"\0\0", "x.gz: the header takes 16 bytes, found 2"),
    "a bomb": (
        struct.pack(">4I", 0x803, 1 << 20, 1 << 10, 1 << 10),
        f"x.gz: header promises {1 << 40} bytes, more than the {1 << 30} allowed",
    ),
    "no images": (
        struct.pack(">4I", 0x803, 0, 1 << 31, 1 << 31),
        "x.gz: header promises nothing: 0x2147483648x2147483648",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_idx_file_is_refused_in_these_words(case: str, tmp_path: Path) -> None:
    content, text = BROKEN[case]
    (tmp_path / "x.gz").write_bytes(content)
    with pytest.raises(DataError) as error:
        read_idx(tmp_path / "x.gz", 3)
    assert str(error.value) == text


def test_images_and_labels_of_different_count_are_refused(tmp_path: Path) -> None:
    write_mnist(tmp_path)
    (tmp_path / FILES[1]).write_bytes(gzip.compress(idx_bytes(LABELS[:-1])))
    with pytest.raises(DataError) as error:
        load_dataset(Source("mnist", tmp_path))
    assert str(error.value) == f"{FILES[0]} has 20 images, {FILES[1]} 19 labels"


def test_labels_beyond_the_classes_are_refused(tmp_path: Path) -> None:
    write_mnist(tmp_path)
    (tmp_path / FILES[1]).write_bytes(gzip.compress(idx_bytes(LABELS + np.uint8(5))))
    with pytest.raises(DataError) as error:
        load_dataset(Source("mnist", tmp_path))
    assert str(error.value) == "mnist: training labels run from 5 to 14, but there are 10 classes"


def test_emnist_is_read_straight_from_its_archive_and_turned_upright(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "gzip.zip", "w") as archive:
        archive.writestr("../outside", "never read")
        for part in ("train", "test"):
            for kind, array in (("images-idx3", IMAGES), ("labels-idx1", LABELS + np.uint8(1))):
                archive.writestr(f"gzip/emnist-letters-{part}-{kind}-ubyte.gz", gzip.compress(idx_bytes(array)))
    data = load_dataset(Source("emnist-letters", tmp_path, size=28))
    np.testing.assert_array_equal(data.train_x[..., 0], IMAGES.transpose(0, 2, 1))
    np.testing.assert_array_equal(data.train_y, LABELS)
    assert len(data.labels) == 26
    with pytest.raises(DataError, match=r"has no member gzip/emnist-balanced-train-images-idx3-ubyte\.gz"):
        load_dataset(Source("emnist-balanced", tmp_path))


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gzip.zip").write_bytes(b"PK not")
    with pytest.raises(DataError) as error:
        load_dataset(Source("emnist-letters", tmp_path))
    assert str(error.value) == "gzip.zip: damaged zip file (File is not a zip file); fetch it again"


def test_a_zip_whose_names_are_no_text_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "good.zip", "w") as archive:
        archive.writestr("é", b"")
    (tmp_path / "gzip.zip").write_bytes((tmp_path / "good.zip").read_bytes().replace("é".encode(), b"\xbc\xa9"))
    with pytest.raises(DataError, match=r"^gzip\.zip: damaged zip file \('utf-8' codec can't decode byte 0xbc"):
        load_dataset(Source("emnist-letters", tmp_path))


def test_digits_need_no_files() -> None:
    data = load_dataset(Source("digits"))
    assert (len(data.train_x), len(data.test_x), data.shape, data.train_x.max()) == (1437, 360, (8, 8, 1), 16)


class Reply:
    def __init__(self) -> None:
        self.headers = {"Content-Length": "3"}
        self.blocks = [b"abc", b""]

    def read(self, size: int) -> bytes:
        return self.blocks.pop(0)

    def __enter__(self) -> "Reply":
        return self

    def __exit__(self, *error: object) -> None:
        pass


ABC = f"sha256:{hashlib.sha256(b'abc').hexdigest()}"


@pytest.fixture
def no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MCUEXPORT_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "mcuexport" / "set"


def test_a_fetched_file_is_kept_if_its_sha_256_is_right(no_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", lambda *args, **kwargs: Reply())
    seen: list[tuple[Any, ...]] = []
    file = RemoteFile("f.gz", "https://example.org/f.gz", ABC)
    path = find_file(file, "set", None, lambda *told: seen.append(told))
    assert (path.read_bytes(), seen) == (b"abc", [("f.gz", 3, 3)])


def test_a_fetched_file_of_another_sha_256_is_not_kept(no_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", lambda *args, **kwargs: Reply())
    with pytest.raises(DataError) as error:
        find_file(RemoteFile("f.gz", "https://example.org/f.gz", "sha256:0"), "set", None)
    assert str(error.value) == f"set: https://example.org/f.gz has {ABC}, published is sha256:0; not kept"
    assert list(no_folder.iterdir()) == []


def test_without_a_network_the_error_says_what_to_do(no_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*args: Any, **kwargs: Any) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    with pytest.raises(DataError) as error:
        find_file(RemoteFile("f.gz", "https://example.org/f.gz", "md5:0"), "set", None)
    assert str(error.value) == (
        "set: cannot fetch https://example.org/f.gz (no route to host); put f.gz into a folder and name it"
        " with --data or MCUEXPORT_DATA"
    )


CSV_ROWS = "a,kind,b\n" + "".join(f"{i % 7}.5,{'cat' if i % 3 else 'dog'},{-i % 5}\n" for i in range(50))


def test_a_csv_becomes_int8_with_the_scale_of_its_training_part(tmp_path: Path) -> None:
    (tmp_path / "pets.csv").write_text(CSV_ROWS)
    data = load_dataset(Source("csv", tmp_path, file="pets.csv", label_column="kind"))
    assert (data.labels, data.shape, len(data.train_x), len(data.test_x)) == (("cat", "dog"), (2,), 40, 10)
    assert data.train_x.dtype == np.int8
    real = (data.train_x.astype(int) - data.zero_point) * data.scale
    assert set(np.round(real[:, 1] * 10)) == {0, 10, 20, 30, 40}
    assert data.train_x.min() == -128


def test_numbers_as_labels_keep_their_order(tmp_path: Path) -> None:
    rows = "".join(f"{i},{i % 12}\n" for i in range(60))
    (tmp_path / "d.csv").write_text("x,label\n" + rows)
    data = load_dataset(Source("csv", tmp_path, file="d.csv"))
    assert data.labels == tuple(str(i) for i in range(12))
    assert data.train_x.dtype == np.uint8
    assert data.scale == 2.0**-8


CSV_WRONG = {
    "a,b\n1,2\n": "d.csv: no column 'label' (columns: a, b)",
    "a,label\n": "d.csv: has a header but no rows",
    "a,label\n1,x\n2\n": "d.csv: row 3 has 1 columns, the header 2",
    "a,label\n1,x\nz,y\n": "d.csv: row 3: could not convert string to float: 'z'",
    "a,label\n" + "1,x\n" * 9: "csv: every training value is 1; nothing can be learned",
    "a,label\n" + "nan,x\n" * 9: "csv: training part holds nan at (0, 0)",
    "a,b,label\n" + "".join(f"{i * 1000},{i / 1000},x\n" for i in range(10)): "csv: feature b spans 0.009, but the "
    "common 8-bit scale covers 9000: it would be constant; bring the features to similar ranges",
    "a,label\n1,x\n": "1 rows are too few to keep one in 5 for the test",
    "label\n" + "x\n" * 9: "csv: training part holds no numbers, its shape is (7, 0)",
    "a,label\n" + "1e300,x\n0,x\n" * 5: "csv: training values span 1e+300; bring them to 8.88178e-16 .. 1.15292e+18",
    "a,label\n" + "1e-320,x\n0,x\n" * 5: "csv: training values span 9.99989e-321; "
    "bring them to 8.88178e-16 .. 1.15292e+18",
}


@pytest.mark.parametrize("content", CSV_WRONG)
def test_a_wrong_csv_is_refused_in_these_words(content: str, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(content)
    with pytest.raises(DataError) as error:
        load_dataset(Source("csv", tmp_path, file="d.csv"))
    assert str(error.value) == CSV_WRONG[content]


def test_an_npz_of_images_stays_uint8(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=IMAGES, y=LABELS.astype(int))
    data = load_dataset(Source("npz", tmp_path, file="d.npz"))
    assert (data.train_x.dtype, data.shape, len(data.test_x)) == (np.uint8, (28, 28), 4)


X, Y = np.zeros((6, 3)), np.zeros(6, int)
NPZ_WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no arrays": (
        {"a": X},
        "d.npz: no array 'train_x'; it needs x and y, or train_x, train_y, test_x and test_y (found: a)",
    ),
    "lengths": ({"x": X, "y": Y[:-1]}, "d.npz: x has 6 rows, y 5"),
    "real labels": ({"x": X, "y": Y * 0.5}, "d.npz: y must be whole numbers (N,), got float64 (6,)"),
    "text": ({"x": X.astype(str), "y": Y}, "d.npz: x must be numbers (N, ...), got <U32 (6, 3)"),
    "shapes": (
        {"train_x": X + np.arange(3), "train_y": Y, "test_x": X[:, :2], "test_y": Y},
        "npz: training and test inputs differ in shape: (3,) and (2,)",
    ),
    "negative": (
        {"train_x": X + np.arange(3), "train_y": Y - 1, "test_x": X, "test_y": Y},
        "npz: training labels run from -1 to -1, but there are 1 classes",
    ),
    "a huge class": (
        {"x": X, "y": Y + 10**12},
        "d.npz: y holds 1000000000000; classes are numbered from 0, at most 65536",
    ),
}


@pytest.mark.parametrize("case", NPZ_WRONG)
def test_a_wrong_npz_is_refused_in_these_words(case: str, tmp_path: Path) -> None:
    arrays, text = NPZ_WRONG[case]
    np.savez(tmp_path / "d.npz", **arrays)
    with pytest.raises(DataError) as error:
        load_dataset(Source("npz", tmp_path, file="d.npz"))
    assert str(error.value) == text


def test_a_member_of_an_npz_that_is_no_array_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "d.npz", "w") as archive:
        archive.writestr("y.npy", b"no magic number")
    with pytest.raises(DataError) as error:
        load_dataset(Source("npz", tmp_path, file="d.npz"))
    assert str(error.value) == "d.npz: y is no array of numpy's"


def test_a_pickle_in_an_npz_is_never_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=np.array([{}], dtype=object), y=Y[:1])
    with pytest.raises(DataError, match=r"d\.npz: not an npz file of plain arrays"):
        load_dataset(Source("npz", tmp_path, file="d.npz"))


def test_an_unknown_data_set_is_refused_by_name() -> None:
    with pytest.raises(DataError) as error:
        load_dataset(Source("minst"))
    assert str(error.value) == f"unknown data set 'minst' (data sets: {', '.join(DATASETS)})"


@pytest.mark.parametrize("size", [8, 16, 20, 28, 40])
def test_the_resize_is_the_antialiased_bilinear_one_to_a_unit(size: int) -> None:
    ours = resize_images(IMAGES[..., None], size)[..., 0].astype(int)
    for image, resized in zip(IMAGES, ours, strict=True):
        pillow = np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR)).astype(int)
        assert np.abs(pillow - resized).max() <= 1


def test_the_rows_of_a_resize_matrix_sum_to_one() -> None:
    np.testing.assert_allclose(resize_matrix(28, 16).sum(axis=1), 1)
    np.testing.assert_array_equal(resize_matrix(28, 28), np.eye(28))


@pytest.mark.parametrize(("crop", "first"), [(24, 2), (25, 1), (7, 10)])
def test_a_crop_is_the_resize_of_the_middle(crop: int, first: int) -> None:
    images = IMAGES[..., None]
    middle = images[:, first : first + crop, first : first + crop]
    np.testing.assert_array_equal(resize_images(images, 16, crop), resize_images(middle, 16))
    np.testing.assert_array_equal(resize_images(images, crop, crop), middle)


@pytest.mark.parametrize(
    ("size", "crop", "shape", "framed_crop"),
    [(None, None, (8, 8, 1), None), (None, 6, (6, 6, 1), 6), (4, 6, (4, 4, 1), 6), (8, 8, (8, 8, 1), None)],
)
def test_images_are_framed_as_asked(
    size: int | None, crop: int | None, shape: tuple[int, ...], framed_crop: int | None
) -> None:
    whole, data = load_dataset(Source("digits")), load_dataset(Source("digits", size=size, crop=crop))
    assert data.framing == Framing(shape, framed_crop)
    for before, after in ((whole.train_x, data.train_x), (whole.test_x, data.test_x)):
        np.testing.assert_array_equal(after, resize_images(before, shape[0], framed_crop))
    if shape == whole.shape:
        assert data.train_source is None
    else:
        assert data.train_source is not None
        np.testing.assert_array_equal(data.train_source, whole.train_x)


def test_images_of_a_file_are_framed_and_what_is_no_image_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=IMAGES[..., None], y=LABELS.astype(int))
    assert load_dataset(Source("npz", tmp_path, file="d.npz", size=10, crop=20)).framing == Framing((10, 10, 1), 20)
    (tmp_path / "pets.csv").write_text(CSV_ROWS)
    too_large = Source("npz", tmp_path, file="d.npz", crop=29)
    no_image = Source("csv", tmp_path, file="pets.csv", label_column="kind", size=8)
    wrong = {
        too_large: "npz: data.crop = 29 is more than its images have, 28x28 pixels",
        no_image: "csv: data.size and data.crop are for uint8 images (N, H, W, C), its inputs are int8 (N, 2); "
        "leave them out",
    }
    for source, sentence in wrong.items():
        with pytest.raises(DataError) as error:
            load_dataset(source)
        assert str(error.value) == sentence


def test_a_held_out_share_leaves_the_rest() -> None:
    data = load_dataset(Source("digits"))
    kept, x, y = data.split(0.25, seed=1)
    assert (len(kept.train_x), len(x), len(y)) == (1078, 359, 359)
    assert kept.train_x.astype(int).sum() + x.astype(int).sum() == data.train_x.astype(int).sum()
