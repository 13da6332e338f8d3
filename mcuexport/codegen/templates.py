"""Templates: what they print was decided in Python."""

from functools import cache
from importlib.resources import files

import jinja2


@cache
def template(name: str) -> jinja2.Template:
    """A file of mcuexport/templates, in which an undefined name is an error."""
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return environment.from_string((files("mcuexport") / "templates" / name).read_text("utf-8"))
