"""What a model costs: bytes of weights, other constants and code, by hand."""

from small import generated, golden_graph

from mcuexport.emulate import Sizes
from mcuexport.report import report


def sizes(**symbols: int) -> Sizes:
    names = {name.replace("__", "."): size for name, size in symbols.items()}
    return Sizes(code_bytes=0, const_bytes=0, ram_bytes=0, symbols=names, calls=())


def test_the_bytes_of_every_layer_are_counted_once() -> None:
    found = report(golden_graph(), generated(golden_graph()), None, None)
    first, second = found.layers
    assert (first.layer, first.shape, first.format) == ("fc1", "3x4", "int4")
    assert (second.layer, second.shape, second.format) == ("fc2", "2x3", "sym2")
    assert (first.weight_bytes, first.padding_bytes) == (12, 6)  # three rows of one word, 48 bits used
    assert (second.weight_bytes, second.padding_bytes) == (8, 6)  # two rows of one word, 12 bits used
    assert (first.other_bytes, second.other_bytes) == (3 * 4 + 3 * 4 + 256, 0)  # bias, scaling, table
    assert (found.weight_bytes, found.other_bytes) == (20, 280)
    assert (found.code_bytes, found.flash_bytes) == (None, None)


def test_code_is_every_function_but_the_self_test() -> None:
    made = generated(golden_graph())
    symbols = sizes(
        net_run=100,
        net_predict=20,
        net_conv1_row=300,  # a function of the model's own
        net_run__part__0=7,  # split off by the compiler
        mcx_table_of_a_kernel=40,
        memory_helper=5,
        net_selftest=1000,
        net_golden_inputs=1000,
        net_golden_outputs=1000,
        net_identity=1000,
        mcx_crc32_32=1000,
        net_fc1_weights=12,
        net_fc1_bias__1=12,
    )
    found = report(golden_graph(), made, symbols, "cortex-m0")
    assert (found.code_bytes, found.code_core) == (472, "cortex-m0")
    assert found.flash_bytes == 20 + 280 + 472
