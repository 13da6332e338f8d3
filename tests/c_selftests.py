"""Many models in one program: each runs its self-test, whose inputs and outputs are what a test wants compared."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from mcuexport.codegen import Generated
from mcuexport.emulate.tools import find_tool

STRICT = (
    "-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wcast-align "
    "-Wcast-qual -Werror"
).split()
SANITIZERS = ("-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")

# Scratch of exactly the declared size, from malloc, so that a byte beyond it is an error; painted, so that nothing
# can count on zeros.
MAIN = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
{includes}
int main(void)
{{
    int32_t failed = 0;
{runs}
    return failed;
}}
"""
RUN = """
    {{
        const size_t bytes = {NAME}_SCRATCH_BYTES;
        void *scratch = malloc(bytes);
        memset(scratch, 0xA5, bytes);
        const int32_t verdict = {name}_selftest(scratch);
        if (verdict != 0) {{ printf("{name}: %d\\n", (int)verdict); failed = 1; }}
        free(scratch);
    }}
"""


def failures(
    models: Sequence[Generated], folder: Path, compiler: str = "gcc", flags: Sequence[str] = SANITIZERS
) -> str:
    """What the program printed of self-tests that failed, and of sanitizers; empty if all is well."""
    for model in models:
        for name, text in model.sources.items():
            (folder / name).write_text(text)
    includes = "\n".join(f'#include "{model.name}.c"' for model in models)
    runs = "".join(RUN.format(name=model.name, NAME=model.name.upper()) for model in models)
    (folder / "main.c").write_text(MAIN.format(includes=includes, runs=runs))
    command = [find_tool(compiler, compiler), *STRICT, *flags, "main.c", "-o", "main"]
    compiled = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if compiled.returncode != 0:
        return compiled.stderr
    ran = subprocess.run([str(folder / "main")], capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr
