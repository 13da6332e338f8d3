"""What a build contains, as objdump sees it: only its core's instructions and registers."""

import re
import subprocess

import pytest

from mcuexport.bench import dense_kernel, kinds
from mcuexport.pack import FORMATS, WeightFormat
from mcuexport.targets import core

ARMV6M = set(
    "adcs add adds adr ands asrs b bcc bcs beq bge bgt bhi ble bls blt bmi bne bpl bvc bvs bics bkpt bl blx bx cmn cmp"
    " eors ldm ldmia ldr ldrb ldrh ldrsb ldrsh lsls lsrs mov movs muls mvns negs nop orrs pop push rev rev16 revsh rors"
    " rsbs sbcs stm stmia str strb strh sub subs sxtb sxth tst udf uxtb uxth".split()
)
DSP = re.compile(r"smlad|smuad|smlab|smlat|smlsd|s?xtb16|uxtb16|[su]xta|usad|pkh|sadd|uadd|qadd|smla[bt]")
RV32E = set(
    "add addi and andi auipc beq beqz bge bgeu bgez bgt bgtu bgtz ble bleu blez blt bltu bltz bne bnez ebreak j jal"
    " jalr jr lb lbu lh lhu li lui lw mv neg nop not or ori ret sb seqz sh sll slli slt slti sltiu sltu snez sra srai"
    " srl srli sub sw xor xori zext.b".split()
)
UPPER_REGISTERS = re.compile(r"\b(a[67]|s([2-9]|1[01])|t[3-6])\b")


def instructions(fmt: WeightFormat, core_name: str) -> list[tuple[str, str]]:
    """(mnemonic, operands) of all code of a format's dense kernels with what they call."""
    return [line for kind in kinds(fmt, core(core_name)) for line in kernel_instructions(fmt, core_name, kind)]


def kernel_instructions(fmt: WeightFormat, core_name: str, kind: str) -> list[tuple[str, str]]:
    kernel = dense_kernel(fmt, core(core_name), "-Os", kind)
    objdump = kernel.core.compiler.replace("gcc", "objdump")
    command = [objdump, "-d", "--no-show-raw-insn", "-j", ".text", str(kernel.program.path)]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line.split("\t") for line in listing.splitlines() if re.match(r"\s*[0-9a-f]+:\t", line)]
    return [(line[1].strip(), line[2] if len(line) > 2 else "") for line in lines if not line[1].startswith(".")]


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
@pytest.mark.parametrize("core_name", ["cortex-m0", "cortex-m0plus", "cortex-m0plus-mul32"])
def test_armv6m_has_only_its_instructions(core_name: str, fmt: WeightFormat) -> None:
    used = {re.sub(r"\.[nw]$", "", mnemonic) for mnemonic, _ in instructions(fmt, core_name)}
    assert used - ARMV6M == set()


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
def test_a_slow_multiplier_is_not_used_for_each_weight(fmt: WeightFormat) -> None:
    """The few that there are scale sums and count bytes, once for a layer or a tile."""
    assert sum(mnemonic == "muls" for mnemonic, _ in instructions(fmt, "cortex-m0plus-mul32")) <= 40


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
def test_a_cortex_m55_has_no_helium_and_no_float_instructions(fmt: WeightFormat) -> None:
    assert not [mnemonic for mnemonic, _ in instructions(fmt, "cortex-m55") if mnemonic.startswith("v")]


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
def test_a_cortex_m3_has_no_dsp_instructions(fmt: WeightFormat) -> None:
    assert not [mnemonic for mnemonic, _ in instructions(fmt, "cortex-m3") if DSP.match(mnemonic)]


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
@pytest.mark.parametrize("core_name", ["rv32ec", "rv32emc"])
def test_rv32e_has_sixteen_registers_and_multiplies_only_with_m(core_name: str, fmt: WeightFormat) -> None:
    code = instructions(fmt, core_name)
    allowed = RV32E | ({"mul", "mulh", "mulhu", "div", "divu", "rem", "remu"} if core_name == "rv32emc" else set())
    assert {mnemonic for mnemonic, _ in code} - allowed == set()
    assert not [operands for _, operands in code if UPPER_REGISTERS.search(operands.partition("<")[0])]


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
@pytest.mark.parametrize(
    "core_name", ["cortex-m0plus", "cortex-m0plus-mul32", "cortex-m4", "cortex-m55", "rv32emc", "rv32ec"]
)
def test_no_kernel_calls_the_compilers_library(core_name: str, fmt: WeightFormat) -> None:
    for kind in kinds(fmt, core(core_name)):
        symbols = dense_kernel(fmt, core(core_name), "-Os", kind).program.symbols
        assert not [name for name in symbols if name.startswith("__") and not name.startswith("__bss")]
