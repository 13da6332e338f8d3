"""A recipe says everything that decides a trained network: a TOML file of sections, checked by pydantic.

Unknown keys, wrong types and values out of range are refused by name.  `recipe_files` reads them.
"""

import inspect
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from ..errors import RecipeError
from .activations import FUNCTIONS
from .binary import Method, method
from .binary_zoo import BINARY_ZOO
from .clipping import CLIP_RULES, USUAL_CLIP
from .data import DATASETS
from .residual import RESIDUALS
from .section import Count, Fraction, Section, Strength, one_of, require_format
from .trick_rules import misfits
from .trick_sections import Clip, Compress, Distill, Mix, Prune, PruneChannels, Sparsify, Swa
from .zoo import ZOO

NETWORKS = {**ZOO, **BINARY_ZOO}

ARCHITECTURE_KEYS = frozenset(
    ("channels", "pool_after", "activation", "hidden", "separable", "thermometer", "residual", "learned_scale")
)


class Data(Section):
    """name: a source in `DATASETS`.  size: images are resized to size x size; crop: only their middle crop x crop.

    file, label_column: for csv and npz, the file within the data folder, and where its labels are.
    """

    name: str = "digits"
    size: Annotated[int, Field(ge=2, le=256)] | None = None
    crop: Annotated[int, Field(ge=2, le=4096)] | None = None
    file: str | None = None
    label_column: str = "label"

    @field_validator("name")
    @classmethod
    def _known_name(cls, value: str) -> str:
        return one_of(value, DATASETS)


class Model(Section):
    """The network; the sizes of input and output come from the data.

    architecture: `mlp`, described by the keys from `hidden` on, or a member of `ZOO`, which takes `format`
    (one name, or those of the first, the middle and the last layers), `per_output`, `clip`, and `channels`,
    `pool_after`, `activation` and `hidden` where it has them.  `residual-mlp` takes besides: residual, how its blocks
    end, a name in `RESIDUALS`; learned_scale, a learned factor on what passes by.  A member of `BINARY_ZOO` takes
    besides: method, how it is trained, a name in `METHODS`; bits, of DoReFa's weights, activations and gradients;
    binary_activations, else 8 bits; separable, 3x1 and 1x3 convolutions in place of 3x3; thermometer, bits that each
    colour is given as (0: 8-bit colours).
    """

    architecture: str = "mlp"
    channels: list[Count] | None = None
    pool_after: list[Count] | None = None
    method: str = "irnet"
    bits: Annotated[list[Count], Field(min_length=3, max_length=3)] | None = None
    binary_activations: bool = True
    separable: bool = False
    thermometer: Annotated[int, Field(ge=0, le=255)] = 0
    hidden: Annotated[list[Count], Field(max_length=32)] = [64, 64, 64]  # noqa: RUF012 -- pydantic copies it
    format: str | list[str] = "sym4"
    norm: Literal["batch", "rms", "layer", "none"] = "batch"
    activation: str = "relu"
    per_output: bool = False
    bias: bool = False
    clip: str = USUAL_CLIP
    clip_factor: Annotated[float, Field(gt=0, le=100)] = 1.0
    power_of_two: bool = False
    norm_output: bool = False
    slope_shift: Annotated[int, Field(ge=1, le=7)] = 3
    residual: str = "relu-sum"
    learned_scale: bool = False
    input_norm: bool = False

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: str | list[str]) -> str | list[str]:
        for name in [value] if isinstance(value, str) else value:
            require_format(name)
        return value

    @model_validator(mode="after")
    def _fits_architecture(self) -> "Model":
        if self.architecture == "mlp" or self.architecture not in NETWORKS:
            return self
        if isinstance(self.format, list) and len(self.format) != 3:
            raise ValueError(f"{self.architecture} takes one format, or those of the first, middle and last layers")
        taken = inspect.signature(NETWORKS[self.architecture].build).parameters
        known = {*taken, "bits"} if "method" in taken else set(taken)
        for key in (ARCHITECTURE_KEYS | {"bits", "input_norm"}) - {"hidden"}:
            if getattr(self, key) != Model.model_fields[key].default and key not in known:
                raise ValueError(f"{self.architecture} takes no {key}")
        if "method" in taken:
            if ([self.format] * 3 if isinstance(self.format, str) else self.format)[1] != "binary":
                raise ValueError(
                    f'{self.architecture}: its middle layers are the method\'s; format = [.., "binary", ..]'
                )
            self.binary_method()
        return self

    def binary_method(self) -> Method:
        """How the binary layers are trained."""
        try:
            bits = None if self.bits is None else (self.bits[0], self.bits[1], self.bits[2])
            return method(self.method, bits, binary_activations=self.binary_activations)
        except RecipeError as error:
            raise ValueError(str(error)) from None

    @field_validator("architecture")
    @classmethod
    def _known_architecture(cls, value: str) -> str:
        return one_of(value, {"mlp": None, **NETWORKS})

    @field_validator("activation")
    @classmethod
    def _known_activation(cls, value: str) -> str:
        return one_of(value, FUNCTIONS)

    @field_validator("residual")
    @classmethod
    def _known_residual(cls, value: str) -> str:
        return one_of(value, RESIDUALS)

    @field_validator("clip")
    @classmethod
    def _known_clip(cls, value: str) -> str:
        return one_of(value, CLIP_RULES)


FLOAT = "float"


class Before(Section):
    """Before epoch `epoch` (from 1) all weights are of `format`; with `float`, activations are not rounded either."""

    epoch: Annotated[int, Field(ge=2)]
    format: str

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        if value != FLOAT:
            require_format(value)
        return value


class Train(Section):
    """Optimization.

    schedule: cosine (to 0), step (times `step_factor` every `step_epochs`), restarts (cosine, begun
    anew every `step_epochs`), halving (a cosine, and half of it from epoch `step_epochs` on).
    warmup_epochs: in which the rate rises from 0.  precision: of products, where it is not float32 in torch's
    automatic mixed precision.  sgd has a momentum of 0.9.
    average: share of the old weights in their running average, which is what is kept (0: none).
    freeze_clip_epoch: from here on weight scales stay (none: updated after every epoch).
    validation: part of the training set held out to choose the best epoch (0: the last one is kept).
    before: other formats of the weights in earlier epochs, in order; only epochs behind the last can be the best.
    renew_statistics: of batch norm, at the end, see `batches.renew_statistics`.
    """

    epochs: Count = 60
    batch_size: Annotated[int, Field(ge=2)] = 128
    optimizer: Literal["adam", "adamw", "sgd"] = "adamw"
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 2e-3
    weight_decay: Strength = 0.0
    schedule: Literal["cosine", "step", "restarts", "halving"] = "cosine"
    warmup_epochs: Annotated[float, Field(ge=0)] = 0.0
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    step_epochs: Count = 20
    step_factor: Annotated[float, Field(gt=0, le=1)] = 0.5
    label_smoothing: Fraction = 0.0
    average: Fraction = 0.0
    freeze_clip_epoch: Count | None = None
    validation: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    seed: Annotated[int, Field(ge=0)] = 1
    before: list[Before] = []  # noqa: RUF012 -- pydantic copies it
    renew_statistics: bool = True

    @model_validator(mode="after")
    def _in_order(self) -> "Train":
        epochs = [entry.epoch for entry in self.before]
        if epochs != sorted(set(epochs)) or any(epoch > self.epochs for epoch in epochs):
            raise ValueError(f"before: epochs must rise and end at most with epoch {self.epochs}, got {epochs}")
        return self


class Bitstream(Section):
    """Training for bitstreams, whose values and parameters lie in [-1, 1]; see `stages.train_for_bitstream`.

    fine_tune_epochs: of the third stage, behind merging and desaturation (0: not for bitstreams, one stage).
    fine_tune_learning_rate: its learning rate.  penalty: weight of the saturation penalty in the loss (0: none).
    """

    fine_tune_epochs: Annotated[int, Field(ge=0)] = 0
    fine_tune_learning_rate: Annotated[float, Field(gt=0, le=1)] = 5e-4
    penalty: Annotated[float, Field(ge=0)] = 0.0


STRENGTHS = ("rotation", "shift", "scale", "shear", "elastic")


class Augment(Section):
    """Random distortion of training images; see `augment.affine_grid` and `augment.elastic_field` for units.

    before_resize: distort at the source's resolution (28x28), then resize, as a sensor would see it.
    fade_to: what is left of the five strengths in the last epoch, towards which they fall linearly.
    crop: pixels of black around an image, out of which a random part of its size is cut.  flip: half of the
    images are mirrored, left to right.
    """

    rotation: Annotated[float, Field(ge=0, le=180)] = 0.0
    shift: Strength = 0.0
    scale: Fraction = 0.0
    shear: Strength = 0.0
    elastic: Strength = 0.0
    before_resize: bool = True
    fade_to: Strength = 1.0
    crop: Annotated[int, Field(ge=0, le=64)] = 0
    flip: bool = False

    @property
    def distorts(self) -> bool:
        return any(getattr(self, name) for name in STRENGTHS)

    def faded(self, progress: float) -> "Augment":
        """As it is when a part `progress` of the training is over."""
        left = 1 + progress * (self.fade_to - 1)
        return self.model_copy(update={name: left * getattr(self, name) for name in STRENGTHS})


class Recipe(Section):
    """All of it: what a `recipe.toml` holds."""

    data: Data = Data()
    model: Model = Model()
    train: Train = Train()
    bitstream: Bitstream = Bitstream()
    augment: Augment = Augment()
    clip: Clip = Clip()
    mix: Mix = Mix()
    swa: Swa = Swa()
    distill: Distill = Distill()
    prune: Prune = Prune()
    prune_channels: PruneChannels = PruneChannels()
    compress: Compress = Compress()
    sparsify: Sparsify = Sparsify()

    @model_validator(mode="after")
    def _parts_fit(self) -> "Recipe":
        problem = next(misfits(self), None)
        if problem is not None:
            raise ValueError(problem)
        return self

    def view(self, epoch: int) -> int:
        """Which of `distill.views` an epoch, from 1, sees: they take turns, or follow one another where they fade."""
        if self.augment.fade_to == 1:
            return (epoch - 1) % self.distill.views
        return (epoch - 1) * self.distill.views // self.train.epochs

    def distortions(self, epoch: int) -> Augment:
        """Those of an epoch, from 1; of its view, if there are views."""
        if self.distill.views:
            return self.augment.faded(self.view(epoch) / max(1, self.distill.views - 1))
        return self.augment.faded((epoch - 1) / max(1, self.train.epochs - 1))
