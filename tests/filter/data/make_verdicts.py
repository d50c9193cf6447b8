#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes verdicts.txt.gz: what the stock SQL92 filter of RocketMQ 5.3.3 says about many expressions and properties.

  make_verdicts.py                      # makes the kept file again (JDK 17, Maven; see tests/interop)
  make_verdicts.py --check              # asks Java again and compares with the kept file: "N passed, N failed"
  make_verdicts.py --seed 7 --count 100000 --output /tmp/verdicts.txt.gz   # others; test_filter reads them too:
  TIDEMARK_FILTER_VERDICTS=/tmp/verdicts.txt.gz test_filter "[verdicts]"

A line: verdict, expression, encoded properties, separated by TABs; ASCII, \\\\ is a backslash and \\xHH a byte.
Verdicts: invalid (does not compile), true, false, null, error (an exception while evaluating, which is no match).
"""

import argparse
import gzip
import pathlib
import random
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
KEPT = HERE / "verdicts.txt.gz"
INTEROP = HERE.parent.parent / "interop"
sys.path.insert(0, str(HERE))
import hard_verdicts  # noqa: E402

NAMES = ["a", "b", "c", "A", "TAGS", "KEYS", "_x", "$y", "a1", "nullx", "note", "in_", "missing", "TRUEx"]
INTEGERS = ["0", "1", "2", "5", "7", "10", "42", "100", "2147483647", "2147483648", "2147483649", "4294967296",
            "9007199254740992", "9007199254740993", "9223372036854775807", "9223372036854775806"]
BAD_INTEGERS = ["007", "00", "0L", "9223372036854775808", "99999999999999999999", "1LL", "12abc", "1_000", "0x10", "5d"]
FLOATS = ["1.0", "1.5", "5.", ".5", "5.0", "10.25", "1e1", "1E2", "2.e1", "1.e-2", "42.0", "2147483648.0", "1e308", "4.9e-324",
          "9007199254740993.0", "9223372036854775807.0", "1.7976931348623157e308", "00.5", "007.5", "00e1", "3e+0"]
BAD_FLOATS = ["0.0", "0e5", "1e400", "1e-400", "1.8e308", "1e", "1e+", ".", "1..2", "1.2.3", "2.4e-324", "1f"]
WORDS = ["", "x", "abc", "ab", "bc", "b", "true", "TRUE", "True", "false", "null", "tru\u0435", "it's", "''", "a b", "%", "\\",
         "x\ty", "\u4e2d\u6587", "\u6587", "\U0001f600", "\u00e9", "\ufffd", "paid", "paid || void", "-- no", "/* c */", "\x00", "\u017f"]
NUMBER_VALUES = ["0", "1", "5", "-5", "+5", "05", "-0", "0.0", "-0.0", "5.0", "1.5", "42", "10.25", " 5", "5 ", "\t5\n", "5L", "5d", "5f", "5.0F",
                 "1e1", "1E2", "1e", ".5", "5.", ".", "-.5", "+-5", "--5", "NaN", "-NaN", "+NaN", "Infinity", "-Infinity", "INFINITY", "nan",
                 "0x10", "0x1p4", "0X1.8P+1", "0x.8p1", "0x1.p0f", "0xp1", "0x1p", "-0x1p-1074", "0x1p-1076", "0x1.8p-1075", "0x1p1024",
                 "1e400", "-1e400", "1e-400", "4.9e-324", "2.4703282292062328e-324", "2.4703282292062327e-324", "1.7976931348623157e308",
                 "1.7976931348623159e308", "9007199254740993", "9007199254740992.5", "9007199254740993.0", "2147483647", "2147483648",
                 "-2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
                 "-9223372036854775809", "99999999999999999999", "1" + "0" * 400, "0." + "0" * 400 + "1", "0." + "0" * 400 + "1e401",
                 "1" + "0" * 400 + "e-400", "1e99999999999", "1e-99999999999", "0e99999999999", "\u0665", "\uff15", "\u0665.5", "1,5", "1 5",
                 "\u20035", "5\u00a0", "\x0b5\x0c"]
KEYWORDS = {"and", "or", "not", "between", "in", "true", "false", "null", "is", "contains", "startswith", "endswith"}
COMPARE = ["=", "=", "=", "<>", "<", ">", "<=", ">="]
SEARCH = ["CONTAINS", "STARTSWITH", "ENDSWITH"]


def escaped(data):
    if isinstance(data, str):
        data = data.encode("utf-8")
    return "".join("\\\\" if b == 0x5C else chr(b) if 0x20 <= b < 0x7F else f"\\x{b:02x}" for b in data)


class Cases:
    """Draws expressions as lists of tokens, remembering which names and literals occur."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names, self.literals = [], []

    def maybe(self, probability):
        return self.random.random() < probability

    def name(self):
        name = self.random.choice(NAMES[:4] if self.maybe(0.6) else NAMES)
        self.names.append(name)
        return [name]

    def number(self):
        pool = self.random.choices([INTEGERS, FLOATS, BAD_INTEGERS, BAD_FLOATS], [60, 30, 2, 2])[0]
        text = self.random.choice(pool)
        if pool is INTEGERS and self.maybe(0.2):
            self.literals.append(text)
            text += self.random.choice("lL")
        self.literals.append(text)
        return (["-"] if self.maybe(0.15) else ["+"] if self.maybe(0.05) else []) + [text]

    def string(self):
        text = self.random.choice(WORDS + NUMBER_VALUES[:12] if self.maybe(0.8) else NUMBER_VALUES)
        self.literals.append(text)
        return ["'" + text.replace("'", "''") + "'"]

    def word(self, keyword):
        kind = self.random.randrange(4)
        if kind == 0:
            return keyword.lower()
        if kind == 1:
            return "".join(self.random.choice([c.lower(), c]) for c in keyword)
        return keyword

    def operand(self, depth):
        """Anything that the grammar allows as an operand, whatever its type."""
        kinds = [self.name, self.number, self.string, lambda: [self.word("TRUE")], lambda: [self.word("FALSE")], lambda: [self.word("NULL")]]
        if depth > 0:
            kinds += [lambda: ["("] + self.condition(depth - 1) + [")"], lambda: ["-"] + self.operand(depth - 1),
                      lambda: ["+"] + self.operand(depth - 1), lambda: [self.word("NOT")] + self.operand(depth - 1)]
        weights = [10, 5, 4, 1, 1, 0.5, 3, 1, 0.5, 1][:len(kinds)]
        return self.random.choices(kinds, weights)[0]()

    def negation(self):
        return [self.word("NOT")] if self.maybe(0.4) else []

    def strings(self):
        tokens = self.string()
        for _ in range(self.random.choice([0, 1, 2, 3, 4, 5, 8])):
            tokens += [","] + self.string()
        return ["("] + tokens + [")"]

    def test(self, depth):
        """One comparison, mostly of fitting types."""
        kind = self.random.randrange(12)
        if kind < 3:
            operator = self.random.choice(COMPARE)
            right = self.number() if operator not in ("=", "<>") or self.maybe(0.4) else self.string()
            if self.maybe(0.15):
                return right + [operator] + self.name()
            return self.name() + [operator] + right
        if kind == 3:
            return self.name() + [self.random.choice(COMPARE)] + self.name()
        if kind == 4:
            return self.name() + self.negation() + [self.word("BETWEEN")] + self.number() + [self.word("AND")] + self.number()
        if kind == 5:
            return self.name() + self.negation() + [self.word("IN")] + self.strings()
        if kind == 6:
            return self.name() + [self.word("IS")] + self.negation() + [self.word("NULL")]
        if kind == 7:
            return self.name() + self.negation() + [self.word(self.random.choice(SEARCH))] + self.string()
        if kind == 8:
            return self.name() + [self.random.choice(["=", "<>"])] + [self.word(self.random.choice(["TRUE", "FALSE"]))]
        return self.odd_test(depth)

    def odd_test(self, depth):
        """The same with operands of any kind."""
        left = self.operand(depth)
        kind = self.random.randrange(8)
        if kind < 3:
            return left + [self.random.choice(COMPARE)] + self.operand(depth)
        if kind == 3:
            return left + self.negation() + [self.word("BETWEEN")] + self.operand(depth) + [self.word("AND")] + self.operand(depth)
        if kind == 4:
            return left + self.negation() + [self.word(self.random.choice(SEARCH))] + self.string()
        if kind == 5:
            return left + [self.word("IS")] + self.negation() + [self.word("NULL")]
        if kind == 6:
            return self.test(0) + [self.random.choice(["=", "<>"])] + self.operand(depth)
        return left if self.maybe(0.5) else left + self.negation() + [self.word("IN")] + self.strings()

    def condition(self, depth):
        if depth == 0 or self.maybe(0.4):
            return self.test(depth)
        kind = self.random.randrange(4)
        if kind == 0:
            return [self.word("NOT"), "("] + self.condition(depth - 1) + [")"]
        joined = self.condition(depth - 1)
        for _ in range(self.random.choice([1, 1, 2])):
            right = self.condition(depth - 1)
            joined += [self.word(self.random.choice(["AND", "OR"]))] + (["("] + right + [")"] if self.maybe(0.4) else right)
        return joined

    def soup(self):
        """Tokens in no order."""
        draws = [self.name, self.number, self.string, self.name] + [
            lambda token=token: [token] for token in ["(", ")", ",", "+", "-", *COMPARE, *(word.upper() for word in sorted(KEYWORDS))]]
        return [token for _ in range(self.random.randrange(1, 8)) for token in self.random.choice(draws)()]

    def damaged(self, tokens):
        at = self.random.randrange(len(tokens))
        kind = self.random.randrange(6)
        if kind == 0:
            del tokens[at]
        elif kind == 1:
            tokens.insert(at, self.random.choice(["(", ")", ",", "=", "NOT", "AND", "IS", "NULL", "-", "'", "@", "\u00e9", "1", "x", "'x'", ";", "\x00"]))
        elif kind == 2:
            other = self.random.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 3:
            del tokens[at + 1:]
        elif kind == 4:
            tokens += self.random.choice([["x"], ["@"], ["'"], [")"], ["1", "1"], ["/*"], ["--", "x"], ["--", "x\n"], ["NOT"], ["IS"], ["a", "@"]])
        else:
            text = tokens[at]
            cut = self.random.randrange(len(text) + 1)
            tokens[at] = text[:cut] + self.random.choice(["", "'", " ", ".", "e", "L", "-", "\u212a"]) + text[cut + self.random.randrange(2):]
        return tokens

    def spaced(self, tokens):
        text = ""
        for token in tokens:
            glue = text[-1:].isalnum() and token[:1].isalnum()
            if glue or self.maybe(0.9):
                text += self.random.choices([" ", "  ", "\n", "\t", "\r\f", "/* c */", "/***/", "-- c\n"], [60, 2, 2, 2, 1, 1, 1, 1])[0]
            text += token
        return text[1:] if text[:1] == " " else text

    def properties(self):
        encoded = b""
        for name in dict.fromkeys(self.names):
            if self.maybe(0.15):
                continue
            near = [literal + self.random.choice(["", "", "", "0", " ", "x"]) for literal in self.literals]
            pools, weights = [near or WORDS, NUMBER_VALUES, WORDS, INTEGERS], [5, 3, 2, 2]
            value = self.random.choice(self.random.choices(pools, weights)[0]).encode()
            if self.maybe(0.02):
                value = self.random.choice([b"\xff", b"\xe4\xb8", b"a\xc0\xafb", b"\xed\xa0\x80", value + b"\xf0\x9f"])
            encoded += name.encode() + b"\x01" + value + b"\x02"
        return encoded

    def next(self):
        self.names, self.literals = [], []
        tokens = self.soup() if self.maybe(0.04) else self.condition(self.random.choice([0, 0, 1, 1, 2, 3]))
        if self.maybe(0.12):
            tokens = self.damaged(tokens)
        return self.spaced(tokens), self.properties()


def case_lines(seed, count):
    for expression, properties in hard_verdicts.cases(KEYWORDS):
        yield escaped(expression) + "\t" + escaped(properties)
    drawn = Cases(seed)
    for _ in range(count):
        expression, properties = drawn.next()
        yield escaped(expression) + "\t" + escaped(properties)


def ask_java(lines):
    done = subprocess.run([INTEROP / "run-java", "5.3.3", "FilterVerdicts"], input="\n".join(lines) + "\n", stdout=subprocess.PIPE,
                          text=True, encoding="ascii", check=True)
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=92)
    parser.add_argument("--count", type=int, default=14000)
    parser.add_argument("--output", type=pathlib.Path, default=KEPT)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {arguments.count} drawn cases", file=sys.stderr)
    verdicts = ask_java(case_lines(arguments.seed, arguments.count))
    if arguments.check:
        kept = gzip.decompress(arguments.output.read_bytes()).decode("ascii")
        print(f"{int(kept == verdicts)} passed, {int(kept != verdicts)} failed")
        return int(kept != verdicts)
    arguments.output.write_bytes(gzip.compress(verdicts.encode("ascii"), 9, mtime=0))
    return 0


if __name__ == "__main__":
    sys.exit(main())
