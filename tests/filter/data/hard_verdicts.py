# SPDX-License-Identifier: Apache-2.0
"""The cases of make_verdicts.py that are written down rather than drawn: each (expression, encoded properties)."""

import itertools


def properties(**values):
    return b"".join(name.encode() + b"\x01" + (value if isinstance(value, bytes) else value.encode()) + b"\x02"
                    for name, value in values.items())


# Each with each: what the property holds, and the literal.
VALUES = ["", "0", "5", "-5", "+5", "5.0", "5.5", "abc", "true", "TRUE", "NaN", "-0.0", "0x1p2", " 5 ", "5f", "Infinity",
          "2147483648", "9223372036854775807", "9223372036854775808", "1e400", "\u0665"]
LITERALS = ["5", "5L", "-5", "5.0", "-5.0", "'5'", "TRUE", "FALSE", "2147483648", "9223372036854775807", "9223372036854775807.0", "-a", "b"]

WHOLE = ["", " ", "*", "TRUE", "FALSE", "NULL", "a", "5", "'a'", "-a", "+a", "-TRUE", "+TRUE", "NOT TRUE", "NOT NULL", "NOT a", "NOT NOT a",
         "NOT 5", "(a)", "((a))", "()", "(", ")", "a)", "(a", "NOT", "a NOT", "a AND", "AND a", "a OR OR b", "a b", "a @", "a b @", "a = 1 @",
         "a = 1 b @", "a = 1 'x", "a = 1 'x''y", "a = 1 '''", "a = 'x''y", "a = 5 'x''y' '", "a = 1 b 'x", "a = 1 -- end", "a = 1 --", "a = -- 5", "a = -- 5\n", "a = -- 5\n5", "a = --5", "a = 1 /*",
         "a = 1 b /*", "a = /**/ 5", "a = /***/ 5", "a = /* * / */ 5", "a = /*/ 5", "a /* x */ /* y */ = 5", "a = 5 /* x **/", "a = 007",
         "a = 0L", "a = 00", "a = 5abc", "a = 5L5", "a = 5e", "a = 5e1e1", "a = 1..5", "a = .", "a = 5.", "a = .5e", "a == 5", "a != 5",
         "a < > 5", "a <> 5", "a < = 5", "a => 5", "a =< 5", "a <=> 5", "a<=5", "a<>5", "a>=5", "a = 'x''y'", "a = ''", "a = ''''", "a = '''",
         "a = \"x\"", "a = 'x' 'y'", "a = 'x\\'", "a = 'x\\' y'", "a = 1 = 2", "a = 5 = TRUE", "a = 5 <> FALSE", "TRUE = TRUE",
         "TRUE = FALSE", "FALSE = FALSE", "TRUE <> FALSE", "TRUE = 5", "TRUE = 'x'", "5 = TRUE", "'true' = TRUE", "'TRUE' = TRUE",
         "'x' = FALSE", "TRUE = a", "TRUE = missing", "TRUE <> missing", "TRUE = -5", "TRUE = -a", "a = NULL", "NULL = a", "a <> NULL",
         "NULL = NULL", "NULL IS NULL", "NULL IS NOT NULL", "5 IS NULL", "a < NULL", "a < TRUE", "a < 'x'", "TRUE < a", "'x' < a",
         "(a = 1) < 5", "a < (b = 1)", "5 < 6", "5 > 6", "5 = 5.0", "5 = 5L", "5 = '5'", "'5' = 5", "'x' = 5", "5 = 'x'", "'a' = 'a'",
         "'a' <> 'a'", "5 = 6", "-5 = 5", "--5 = 5", "+5 = 5", "-+-5 = 5", "- - 5 = 5", "-'x' = 5", "5 = -'x'", "-(a = 1) IS NULL",
         "missing = missing", "missing <> missing", "missing = a", "a = missing", "5 = missing", "missing = 5", "'x' <> missing",
         "missing < a", "a < missing", "missing > 5", "missing < -(TRUE = a)", "(missing < -(TRUE = a)) IS NULL", "(a < -(TRUE = a)) IS NULL",
         "missing BETWEEN -(TRUE = a) AND 5", "a BETWEEN missing AND -(TRUE = a)", "a BETWEEN 9 AND -(TRUE = a)", "a BETWEEN 1 AND -(TRUE = a)",
         "a NOT BETWEEN 9 AND -(TRUE = a)", "a NOT BETWEEN 1 AND -(TRUE = a)", "a BETWEEN 5 AND 1", "a BETWEEN 5 AND 5", "a NOT BETWEEN 5 AND 1",
         "a BETWEEN -5 AND -9", "a BETWEEN 5.5 AND 5", "a BETWEEN 5 AND 5.5", "a BETWEEN 9007199254740993 AND 9007199254740992.0",
         "a BETWEEN b AND c", "a BETWEEN 1 AND b", "a BETWEEN missing AND 1", "a BETWEEN missing AND 9", "a NOT BETWEEN missing AND 1",
         "5 BETWEEN 1 AND 9", "'5' BETWEEN 1 AND 9", "TRUE BETWEEN 1 AND 9", "a BETWEEN '1' AND '9'", "a BETWEEN TRUE AND FALSE",
         "a BETWEEN NULL AND 5", "a BETWEEN 1", "a BETWEEN 1 AND", "a BETWEEN 1 OR 5", "a BETWEEN 1 AND 9 AND b", "a BETWEEN 1 AND 9 BETWEEN 1 AND 9",
         "-a BETWEEN 1 AND 9", "a NOT IN ('x')", "a IN ()", "a IN 'x'", "a IN ('x'", "a IN ('x',)", "a IN (5)", "a IN ('5', 5)", "a IN (b)",
         "5 IN ('5')", "'5' IN ('5')", "(a) IN ('5')", "+a IN ('5')", "-a IN ('5')", "NOT a IN ('5')", "NOT (a IN ('5'))", "a IN ('5') IN ('x')",
         "a IN ('')", "missing IN ('x')", "missing NOT IN ('x')", "a IN ('5','5','5','5','5')", "a IN ('1','2','3','4','5','6')",
         "a NOT IN ('1','2','3','4','5','6')", "a CONTAINS ''", "a NOT CONTAINS ''", "a CONTAINS '5'", "a CONTAINS 5", "a CONTAINS b",
         "a CONTAINS", "5 CONTAINS '5'", "'abc' CONTAINS 'b'", "'abc' STARTSWITH 'ab'", "'abc' ENDSWITH 'bc'", "'abc' NOT ENDSWITH 'ab'",
         "(a = 1) CONTAINS 'x'", "(TRUE = a) CONTAINS 'x'", "(TRUE = a) CONTAINS ''", "TRUE CONTAINS 'T'", "NULL CONTAINS 'T'",
         "missing CONTAINS 'x'", "missing NOT CONTAINS 'x'", "missing NOT STARTSWITH 'x'", "a CONTAINS 'x' CONTAINS 'y'",
         "a CONTAINS 'x' = FALSE", "a CONTAINS 'x' IS NULL", "a NOT NOT CONTAINS 'x'", "a STARTSWITH ('x')", "a LIKE 'x'", "a IS", "a IS 5",
         "a IS NOT", "a IS NOT NOT NULL", "a IS TRUE", "IS NULL", "a IS NULL IS NULL", "missing IS NULL IS NOT NULL", "a IS NULL = TRUE",
         "a IS NULL > 5", "a IS NULL CONTAINS 'x'", "a IS NULL NOT", "a IS NULL @", "a = b IS NULL", "a = missing IS NULL", "missing = a IS NULL",
         "a = 1 IS NOT NULL", "a > 1 = TRUE", "TRUE = a > 1", "a > 1 > 2", "a = b > 1", "a = 1 OR b = 2 AND c = 3", "a = 1 AND b = 2 OR c = 3",
         "NOT a = 1", "NOT a = FALSE", "NOT a IS NULL", "NOT a > 1", "NOT (a > 1)", "NOT missing IS NULL", "NOT missing = TRUE",
         "a = 'x' OR missing = 1", "a = 5 OR missing = 1", "missing = 1 OR a = 5", "a = 6 AND missing = 1", "missing = 1 AND a = 6",
         "a = 5 AND missing = 1", "missing > 1 OR missing > 2", "NULL AND a = 6", "NULL OR a = 5", "NULL AND a = 5", "TRUE AND NULL", "NULL OR NULL",
         "a = 5 OR b > 'x'", "a = 5 OR b > 1", "b > 1 OR a = 5", "a = 6 AND b > 1", "b > 1 AND a = 6", "a + 5", "a = 5 + 5", "a - 5 = 0", "a * 5",
         "a.b = 5", "a-b = 5", "a:b", "5a = 5", "$ = 1", "_ = 1", "a$_1 = 5", "\u00e9 = 1", "a\u00e9 = 1", "\u4e2d = 1", "a = \u4e2d", "a\u00a0= 5",
         "a\x0b= 5", "a\x00", "\ufeffa = 5", "a = '\x00'", "a = 9223372036854775808", "a = -9223372036854775808", "a = -9223372036854775807",
         "a = 2147483648", "-2147483648 = b", "a = 0.0", "a > 0.0", "a > -0.0", "a = 1e400", "a = 1e-400", "a = 5e-324", "a = 2e-324", "a = 3e-324",
         "a = 1.7976931348623157e308", "a = 1.7976931348623159e308", "a = 0x10", "convert_string_expressions:a = 5", "a = 5;", "a = 5 ; DROP",
         "a=5AND b=5", "a='x'AND b='x'", "a IN('5')AND(b)", "5=a", "a=5OR b", "(a=5)OR(b=5)", "a BETWEEN 1AND 9", "TRUEx", "TRUE x", "nOt A iS nUlL",
         "not between", "between BETWEEN 1 AND 2", "in IN ('x')", "null = 5", "Null IS Null", "contains CONTAINS 'x'", "a AND b", "a OR b", "a AND 5",
         "5 AND a", "a OR 'x'", "a AND -b", "a AND +b", "+a AND b", "(a AND b) = FALSE", "a = (b)", "a = (b = 5)", "'true' = (a = 5)", "(a = 5) = 'true'",
         "(a = 5) = (b = 5)", "(a > 1) = 5", "5 = (a > 1)", "a = (5)", "a > (5)", "a > ('5')", "a > (b)", "a > +b", "a > -b", "a > +TRUE", "a > -TRUE",
         "a > -'x'", "a BETWEEN (1) AND (9)", "a BETWEEN (9) AND (1)", "a BETWEEN +9 AND +1", "a IS NOT NULL AND a > 1", "a IS NULL OR a > 1"]


def cases(keywords):
    settings = [b"", properties(a="5", b="5", c="9"), properties(a="x", b="true"), properties(a="5.0", b="abc"), properties(a="true", b="x", c="y")]
    yield from itertools.product(WHOLE, settings)
    for value, literal, operator in itertools.product(VALUES, LITERALS, ["=", "<>", "<", ">", "<=", ">="]):
        yield f"a {operator} {literal}", properties(a=value, b="5")
        if not literal.startswith("-"):
            yield f"{literal} {operator} a", properties(a=value, b="5")
    for a, b in itertools.product(VALUES, VALUES):
        for operator in ["=", "<", ">="]:
            yield f"a {operator} b", properties(a=a, b=b)
    yield from texts(keywords)
    yield from long_ones()


def texts(keywords):
    for word in sorted(keywords):
        for text in [word, word.upper(), word + "x", "x" + word, word + "1", word[:-1], word.replace("s", "\u017f"), word.replace("i", "\u0131")]:
            yield f"{text} = 5", properties(**{text: "5"}) if text.isidentifier() and text.isascii() else b""
    for character in [chr(point) for point in range(128)] + list("\u0080\u00a0\u00aa\u0130\u0131\u017f\u0300\u0660\u2028\u212a\u3000\ufeff\uff41\ufffd\uffff\U00010400"):
        yield f"a{character}= 5", properties(a="5")
        yield f"{character} = 5", properties(a="5")
        yield f"a = 5 {character}", properties(a="5")
        yield f"a = '{character}'", properties(a=character)
    for stored, sought in itertools.product([b"\xff", b"\xef\xbf\xbd", b"\xe4\xb8", b"x\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xc0\x80"],
                                            [b"\xff", b"\xef\xbf\xbd", b"\xe4\xb8", b"\xef\xbf\xbd\xef\xbf\xbd", b"\xf0\x9f\x98\x80"]):
        for operator in [b"=", b"<>", b"CONTAINS", b"STARTSWITH", b"ENDSWITH"]:
            yield b"a " + operator + b" '" + sought + b"'", properties(a=stored)
        yield b"a IN ('" + sought + b"')", properties(a=stored)
        yield b"a = b", properties(a=stored, b=sought)
    yield b"\xff = 5", b""
    yield b"a = 5 \xff", properties(a="5")
    yield b"a = 5 /* \xff */", properties(a="5")
    # How properties are read: empty values, further separators, the last of several.
    for encoded in [b"a\x01\x02", b"\x015\x02", b"a\x015", b"a5\x02", b"a\x015\x02a\x016\x02", b"a\x016\x02a\x015\x02", b"a\x01\x01\x02", b"\x02\x02a\x015\x02"]:
        for expression in ["a = 5", "a IS NULL", "a = '\x01'"]:
            yield expression, encoded


def long_ones():
    yield "a = '" + "x" * 9000 + "'", properties(a="x" * 9000)
    yield "a = '" + "x" * 9000, b""
    yield "a = 5 -- " + "x" * 9000 + "\n", properties(a="5")
    yield "a = 5 -- " + "x" * 9000, properties(a="5")
    yield "a = 5 /* " + "*x" * 5000 + "*/", properties(a="5")
    yield " " * 9000 + "a = 5", properties(a="5")
    yield "n" * 5000 + " = 5", properties(**{"n" * 5000: "5"})
    yield "a = " + "1" * 500, properties(a="5")
    yield "a = 5." + "0" * 5000, properties(a="5")
    yield "a = 5." + "0" * 800 + "1", properties(a="5." + "0" * 800 + "1")
    yield "(" * 100 + "a = 5" + ")" * 100, properties(a="5")
    yield "(" * 100 + "a = 5" + ")" * 99, properties(a="5")
    yield "NOT " * 101 + "a", properties(a="5")
    yield "-" * 2 + " - " * 99 + "5 = 5", b""
    for n in [4, 5, 6, 1000]:
        yield "a IN (" + ",".join(f"'{i}'" for i in range(n)) + ")", properties(a=str(n - 1))
        yield "a NOT IN (" + ",".join(f"'{i}'" for i in range(n)) + ")", properties(a=str(n))
    yield " AND ".join(["a = 5"] * 700), properties(a="5")
    yield " OR ".join(["a = 6"] * 700 + ["a = 5"]), properties(a="5")
    yield " = ".join(["a"] * 500), properties(a="5")
    yield "a" + " IS NULL" * 501, properties(a="5")
    yield "a" + " CONTAINS 'x'" * 500, properties(a="5")
