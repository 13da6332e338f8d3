"""Pictures of figures: the only user of matplotlib, which is an extra (`mcuexport[plots]`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import ToolMissing

Points = Sequence[tuple[float, float]]


def draw(
    path: Path,
    lines: Mapping[str, Points],
    *,
    title: str,
    x_label: str,
    base: int,
    dashed: Mapping[str, float] | None = None,
) -> None:
    """Accuracies (parts of 1) over a logarithmic axis to an SVG, the same bytes for the same figures.

    lines: points by name.  dashed: levels by name, drawn across.  Raises ToolMissing.
    """
    plt = _pyplot()
    with plt.rc_context({"svg.hashsalt": "mcuexport", "svg.fonttype": "none"}):
        figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
        for name, points in lines.items():
            axes.plot([x for x, _ in points], [100 * y for _, y in points], marker="o", label=name)
        for name, level in (dashed or {}).items():
            axes.axhline(100 * level, linestyle="--", color="grey", label=name)
        axes.set_xscale("log", base=base)
        axes.set(title=title, xlabel=x_label, ylabel="test accuracy, %")
        axes.grid(alpha=0.3)
        axes.legend()
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)


def scatter(path: Path, groups: Mapping[str, Points], *, title: str, x_label: str, y_label: str, percent: bool) -> None:
    """Points over a logarithmic axis to an SVG, those of the last group largest.  percent: y are parts of 1.

    Raises ToolMissing.
    """
    plt = _pyplot()
    factor = 100 if percent else 1
    with plt.rc_context({"svg.hashsalt": "mcuexport", "svg.fonttype": "none"}):
        figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
        for number, (name, points) in enumerate(groups.items(), start=1):
            size = 24 if number == len(groups) else 10
            axes.scatter([x for x, _ in points], [factor * y for _, y in points], s=size, label=name)
        axes.set_xscale("log")
        axes.set(title=title, xlabel=x_label, ylabel=y_label)
        axes.grid(alpha=0.3)
        axes.legend()
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)


def _pyplot() -> Any:
    try:
        import matplotlib
    except ImportError:
        raise ToolMissing("matplotlib is not installed; pip install 'mcuexport[plots]'") from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot
