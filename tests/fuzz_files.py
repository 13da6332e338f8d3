"""Coverage-guided fuzzing of everything that reads a file: `make fuzz-files`, ten minutes a target.

python tests/fuzz_files.py TARGET [options of libFuzzer]; the corpus is the one good file of each target.  Needs
atheris, which pip installs on Linux: pip install -e '.[fuzz]'.
"""

import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["mcuexport", "tomllib"]):
    from file_targets import TARGETS

    from mcuexport.errors import McuexportError


def main() -> None:
    target = TARGETS[sys.argv.pop(1)]
    with tempfile.TemporaryDirectory() as folder:
        corpus, file = Path(folder) / "corpus", Path(folder) / "in" / target.file
        for parent in (corpus, file.parent):
            parent.mkdir()
        (corpus / "good").write_bytes(target.good())

        def read(content: bytes) -> None:
            file.write_bytes(content)
            with suppress(McuexportError, OSError):
                target.read(file)

        atheris.Setup([*sys.argv, str(corpus)], read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
