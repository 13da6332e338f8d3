"""The sections of a recipe that switch tricks on: one for each, off unless it is there.

What each does, its source and what it brought are in docs/training.md.
"""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from .section import Fraction, Section, Strength, require_format

Share = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[float, Field(ge=0)]


class Clip(Section):
    """How weight scales move; see `tricks.clip`.

    learned: by gradient, from where `model.clip` put them.  decrease_to: the clip factor falls from `model.clip_factor`
    to so much of it at the last epoch.  fixed_layers: so many first layers keep the scale that they have behind epoch
    `fixed_epoch`.
    """

    learned: bool = False
    decrease_to: Share = 1.0
    fixed_layers: Annotated[int, Field(ge=0)] = 0
    fixed_epoch: Annotated[int, Field(ge=0)] = 0

    @property
    def on(self) -> bool:
        """Whether a trick is needed; fixed layers need none."""
        return self.learned or self.decrease_to < 1

    @model_validator(mode="after")
    def _one_way(self) -> "Clip":
        if self.learned and (self.fixed_layers or self.decrease_to < 1):
            raise ValueError("a learned clip is neither fixed nor decreased; leave out clip.learned or the others")
        return self


class Mix(Section):
    """Samples mixed with others of their batch; see `tricks.mix`.

    mixup, cutmix: alpha of the Beta distribution from which a batch's shares are drawn (0: not); with both, a coin
    decides for each batch.  probability: of batches that are mixed at all.
    """

    mixup: Positive = 0.0
    cutmix: Positive = 0.0
    probability: Share = 1.0

    @property
    def on(self) -> bool:
        return bool(self.mixup or self.cutmix)


class Distill(Section):
    """Learning from teachers; see `tricks.distill`.

    teachers: checkpoints (`.pt`), or recipes, which are trained before; several are an ensemble; each sees images at
    its own size.  weight: of the teachers' logits in the loss, the labels have the rest.  temperature: of both
    softmaxes.  features: weight of the squared distance between the values before the last layer, the student's
    projected (0: none; one teacher).  as_float: teachers compute without rounding.  views: so many distortions of each
    image take turns, an epoch each, so that teachers need to see each only once (0: each epoch has its own).  Where
    distortions fade, views follow each other instead, each for some epochs.
    """

    teachers: list[str] = Field(default_factory=list)
    weight: Strength = 0.5
    temperature: Annotated[float, Field(gt=0, le=100)] = 4.0
    features: Positive = 0.0
    as_float: bool = False
    views: Annotated[int, Field(ge=0, le=1000)] = 0

    @property
    def on(self) -> bool:
        return bool(self.teachers)

    @model_validator(mode="after")
    def _one_set_of_features(self) -> "Distill":
        if self.features and len(self.teachers) > 1:
            raise ValueError(f"features come from one teacher, there are {len(self.teachers)}")
        return self


class Swa(Section):
    """Stochastic weight averaging; see `tricks.swa`.

    epochs: so many last ones are averaged.  learning_rate: in them, constant; with `cycle_epochs`, it falls in each
    cycle from there to a tenth, and only cycles' ends are averaged.
    """

    epochs: Annotated[int, Field(ge=0)] = 0
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 5e-4
    cycle_epochs: Annotated[int, Field(ge=0)] = 0

    @property
    def on(self) -> bool:
        return bool(self.epochs)

    @model_validator(mode="after")
    def _whole_cycles(self) -> "Swa":
        if self.cycle_epochs and self.epochs % self.cycle_epochs:
            raise ValueError(f"{self.epochs} epochs are no whole number of cycles of {self.cycle_epochs}")
        return self


class Prune(Section):
    """Single weights set to 0; see `tricks.prune`.

    density: the part of each layer's weights that stays.  It falls from 1 between the ends of the epochs `begin_epoch`
    (0: the start) and `end_epoch` (0: three quarters of all).  ticket_rounds: instead, so many trainings before, each
    leaving fewer weights, and the last mask trained from the weights that all began with.
    """

    density: Share = 1.0
    begin_epoch: Annotated[int, Field(ge=0)] = 0
    end_epoch: Annotated[int, Field(ge=0)] = 0
    ticket_rounds: Annotated[int, Field(ge=0, le=20)] = 0

    @property
    def on(self) -> bool:
        return self.density < 1

    def last_epoch(self, epochs: int) -> int:
        """Behind which the mask stays; 0: it always does."""
        return 0 if self.ticket_rounds else self.end_epoch or max(1, round(0.75 * epochs))


class Halfway(Section):
    """What changes the network behind epoch `epoch`; 0: behind half of all epochs."""

    epoch: Annotated[int, Field(ge=0)] = 0

    def last_epoch(self, epochs: int) -> int:
        """Behind which the network has its form."""
        return self.epoch or max(1, epochs // 2)


class PruneChannels(Halfway):
    """Hidden units and channels taken out whole; see `tricks.prune_channels`.

    share: the part that goes, of every layer (`by = "layer"`) or of all together.  penalty: of the masks' L1 norm in
    the loss.  epoch: behind it the masks become 0 or 1 (0: half of all epochs); the rest adapts.
    """

    share: Fraction = 0.0
    penalty: Positive = 1e-3
    by: Literal["layer", "network"] = "layer"

    @property
    def on(self) -> bool:
        return bool(self.share)


class Compress(Halfway):
    """Bits of weights that are learned; see `tricks.compress`.

    penalty: of the mean bits of a weight in the loss.  by: `layer`, or `channel`, where outputs of no bits go.  epoch:
    behind it every layer has the nearest of `formats` (0: half of all epochs); what was learned adapts to it.
    """

    penalty: Positive = 0.0
    by: Literal["layer", "channel"] = "layer"
    formats: list[str] = Field(default_factory=lambda: ["binary", "ternary", "sym2", "sym4", "int8"], min_length=1)

    @field_validator("formats")
    @classmethod
    def _known_formats(cls, value: list[str]) -> list[str]:
        for name in value:
            require_format(name)
        return value

    @property
    def on(self) -> bool:
        return bool(self.penalty)


class Sparsify(Section):
    """ReLUs that leave only a share `keep` of their values; see `sparse.SparseReLU`."""

    keep: Share = 1.0

    @property
    def on(self) -> bool:
        return self.keep < 1
