"""From a user's names to C: what may be an identifier, and strings that no character can break out of."""

import re

from .errors import OutputError

# C99 to C23, and what C++ adds: a generated file compiles as either.
KEYWORDS = frozenset(
    """alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class
    co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype
    default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int
    long main mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register
    reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast struct switch
    template this thread_local throw true try typedef typeof typeid typename union unsigned using virtual void
    volatile wchar_t while xor xor_eq""".split()
)
# A folder with our `<name>.h` may stand before the compiler's own on a search path.
HEADERS = frozenset(
    """assert complex ctype errno fenv float inttypes iso646 limits locale malloc math setjmp signal stdalign stdarg
    stdatomic stdbit stdbool stdckdint stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar unistd
    wchar wctype""".split()
)
MAX_STRING_BYTES = 4095
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


def require_identifier(name: str) -> str:
    """`name` itself.  Raises OutputError unless every C and C++ compiler takes it as a prefix of symbols."""
    if not _IDENTIFIER.fullmatch(name):
        raise OutputError(f"{name!r:.80} is no C identifier: use letters, digits and _, a letter first, 63 at most")
    if name in KEYWORDS or name.lower().startswith("mcx"):
        raise OutputError(f"{name!r} is a keyword or reserved in C or C++; choose another name, such as {name}_net")
    if name.lower() in HEADERS:
        header = f"{name.lower()}.h"
        raise OutputError(f"{name!r} is the name of a C header, {header}; choose another name, such as {name}_net")
    return name


def unique_identifiers(names: list[str]) -> list[str]:
    """An identifier for each name, in order: other characters become _, and no two are equal."""
    taken: set[str] = set()
    result = []
    for name in names:
        base = re.sub(r"[^A-Za-z0-9_]", "_", name)[:48].strip("_") or "layer"
        base = base if base[0].isalpha() else f"layer_{base}"
        candidate, count = base, 2
        while candidate in taken:
            candidate, count = f"{base}_{count}", count + 1
        taken.add(candidate)
        result.append(candidate)
    return result


def c_string(text: str) -> str:
    """A C string literal of the UTF-8 bytes of `text`; quotes, backslashes, trigraphs and the rest as octal.

    Raises OutputError for a text longer than every C99 compiler takes.
    """
    plain, content = set(range(0x20, 0x7F)) - set(b'"\\?%'), text.encode()
    if len(content) > MAX_STRING_BYTES:
        raise OutputError(
            f"a label of {len(content)} bytes is longer than the {MAX_STRING_BYTES} that C99 promises; shorten it"
        )
    return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in content) + '"'


def c_comment(text: str) -> str:
    """`text` as it may stand inside a C comment: printable ASCII on one line, without comment marks or trigraphs."""
    printable = "".join(c if " " <= c <= "~" and c not in "\\?" else "_" for c in text)
    return printable.replace("*/", "* /").replace("/*", "/ *")[:200]
