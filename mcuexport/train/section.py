"""What every section of a recipe is, and how its values are bounded and named."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ..errors import FormatError
from ..pack import weight_format

Fraction = Annotated[float, Field(ge=0, lt=1)]
Strength = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """Frozen; unknown keys and other types are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def require_format(name: str) -> None:
    """Raises ValueError for an unknown weight format."""
    try:
        weight_format(name)
    except FormatError as error:
        raise ValueError(str(error)) from None


def one_of(value: str, known: Mapping[str, object]) -> str:
    """The value itself.  Raises ValueError unless it is known."""
    if value not in known:
        raise ValueError(f"should be one of {', '.join(known)}")
    return value
