"""Data sets.  To add one: one file here (or an instance of a loader there is), and one entry in `DATASETS`."""

from collections.abc import Callable

from ...errors import DataError
from .base import Dataset, Framing, Source
from .cifar import load_cifar10
from .digits import load_digits
from .download import Progress, silent
from .emnist import BALANCED_CLASSES, LETTERS
from .mnist import FASHION_MNIST, MNIST
from .tabular import load_csv, load_npz

Loader = Callable[[Source, Progress], Dataset]

DATASETS: dict[str, Loader] = {
    "digits": load_digits,
    "mnist": MNIST.load,
    "fashion-mnist": FASHION_MNIST.load,
    "emnist-letters": LETTERS.load,
    "emnist-balanced": BALANCED_CLASSES.load,
    "cifar10": load_cifar10,
    "csv": load_csv,
    "npz": load_npz,
}


def load_dataset(source: Source, progress: Progress = silent) -> Dataset:
    """The data set of that name.  Raises DataError where it is absent, incomplete or corrupt."""
    if source.name not in DATASETS:
        raise DataError(f"unknown data set {source.name!r} (data sets: {', '.join(DATASETS)})")
    try:
        return DATASETS[source.name](source, progress)
    except OSError as error:
        raise DataError(f"{source.name}: {error.filename or 'a file'} cannot be read ({error.strerror})") from None


__all__ = ["DATASETS", "Dataset", "Framing", "Progress", "Source", "load_dataset", "silent"]
