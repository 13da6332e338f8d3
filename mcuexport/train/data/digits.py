"""The 1,797 digits of 8x8 pixels, 0 to 16, that come with scikit-learn: needs no network."""

import numpy as np

from ...errors import DataError
from .base import Dataset, Source
from .download import Progress
from .resize import framed

SCALE = 2.0**-4
TEST_SHARE = 5  # one image in five


def load_digits(source: Source, progress: Progress) -> Dataset:
    """A shuffled fifth (seed 0) is the test part.  Raises DataError where scikit-learn is missing."""
    try:
        from sklearn import datasets
    except ImportError:
        raise DataError("digits: comes with scikit-learn, which is missing; pip install scikit-learn") from None
    bunch = datasets.load_digits()
    images = bunch.images.astype(np.uint8)[..., None]
    order = np.random.default_rng(0).permutation(len(images))
    test, train = order[::TEST_SHARE], np.delete(order, np.s_[::TEST_SHARE])
    labels = bunch.target.astype(np.int64)
    whole = Dataset(
        name=source.name,
        train_x=images[train],
        train_y=labels[train],
        test_x=images[test],
        test_y=labels[test],
        labels=tuple("0123456789"),
        scale=SCALE,
    )
    return framed(whole, source.size, source.crop)
