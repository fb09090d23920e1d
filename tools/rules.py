#!/usr/bin/env python3
"""Which test holds which rule: every rule that is built has one.

  tools/rules.py               prints each rule, its state and its tests; exits 1 if one that is built has none,
                               or one that is planned has one
  tools/rules.py R-115 case-13 only these
  tools/rules.py --missing     only those without a test
  tools/rules.py --selftest    seeds each mistake into a temporary tree and expects its sentence

The list is tests/rules.csv: id, state (built or planned), what it says. A test holds a rule when it names its id:

  C++       in a comment above or inside TEST(…), or in a row of its table; in a table of INSTANTIATE_TEST_SUITE_P
  CSV       in a comment line above the rows
  Python    in a function's docstring or comments
  shell     in a comment

`R-115` names a rule, `case 13` an edge case, which stands in the list as case-13.
"""

import argparse
import csv
import pathlib
import re
import sys
import tempfile

ID = re.compile(r"R-\d{3}\b|\bcases? (\d+)\b(?:(?:, | and |, and )(\d+)\b)?(?:(?:, | and |, and )(\d+)\b)?")
TEST = re.compile(r"^(?:TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\(\s*(\w+),\s*(\w+)")
SUITE = re.compile(r"^INSTANTIATE_TEST_SUITE_P\(")
STATES = ("built", "planned")


def ids_in(text):
    for match in ID.finditer(text):
        if match[0].startswith("R-"):
            yield match[0]
        else:
            yield from (f"case-{number}" for number in match.groups() if number)


def read_list(path):
    """The rules by id, and what is wrong with the list."""
    rules, wrong = {}, []
    with open(path, newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.reader(file), 1):
            if not row or row[0].startswith("#") or row == ["id", "state", "rule"]:
                continue
            if len(row) != 3 or not all(row) or row[1] not in STATES:
                wrong.append(f"rules.csv:{number}: has an id, a state ({' or '.join(STATES)}) and a rule")
            elif row[0] in rules:
                wrong.append(f"rules.csv:{number}: {row[0]} stands twice")
            else:
                rules[row[0]] = (row[1], row[2])
    return rules, wrong


def held_by_cpp(lines):
    """(id, test) of a GoogleTest file."""
    above, test, table = [], None, False
    for line in lines:
        begins = TEST.match(line)
        if begins:
            test, table = f"{begins[1]}.{begins[2]}", False
            yield from ((one, test) for one in above)
        elif SUITE.match(line):
            test, table = None, True
        elif table and test is None:
            test = (re.findall(r"\w+", line) or [""])[1 if len(re.findall(r"\w+", line)) > 1 else 0]
        comment = line.split("//", 1)[1] if "//" in line else ""
        if test is None:
            above = [*above, *ids_in(comment)] if line.startswith("//") else []
            continue
        row = line if table or line.strip().startswith("{") else ""
        yield from ((one, test) for one in ids_in(f"{comment} {row}"))
        if line.startswith("}") or table and line.rstrip().endswith(");") and not line.startswith("    testing"):
            above, test, table = [], None, False


def held_by_python(lines):
    function = ""
    for line in lines:
        begins = re.match(r"(?:class|def) (\w+)", line)
        if begins:
            function = begins[1]
        if '"""' in line or "#" in line:
            yield from ((one, function) for one in ids_in(line))


def held_by_comments(lines):
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            yield from ((one, str(number)) for one in ids_in(line))


READERS = {".cc": held_by_cpp, ".py": held_by_python, ".sh": held_by_comments, ".csv": held_by_comments}


def held(root):
    """The tests of each id, as file:test, in the order of the files."""
    tests = {}
    for path in sorted(root.glob("tests/*/*")):
        named_as_test = path.suffix == ".csv" or path.stem.endswith("_test")
        if path.suffix not in READERS or not named_as_test:
            continue
        lines = path.read_text(encoding="utf-8").split("\n")
        for one, test in READERS[path.suffix](lines):
            place = f"{path.relative_to(root)}:{test}".rstrip(":")
            if place not in tests.setdefault(one, []):
                tests[one].append(place)
    return tests


def check(root):
    """The rules, their tests, and all sentences about what is wrong."""
    rules, wrong = read_list(root / "tests/rules.csv")
    tests = held(root)
    wrong += [f"{one} is built and no test names it" for one, (state, _) in rules.items()
              if state == "built" and one not in tests]
    wrong += [f"{one} is planned, but {tests[one][0]} holds it: it is built" for one, (state, _) in rules.items()
              if state == "planned" and one in tests]
    wrong += [f"{tests[one][0]} names {one}, which rules.csv does not have" for one in sorted(tests)
              if one not in rules]
    return rules, tests, wrong


SEEDS = [
    ("tests/rules.csv", "R-101,built,\"one\"\nR-102,built,two\n", "R-102 is built and no test names it"),
    ("tests/rules.csv", "R-101,built,one\nR-101,planned,one\n", "rules.csv:2: R-101 stands twice"),
    ("tests/rules.csv", "R-101,built,one\nR-102,done,two\n", "rules.csv:2: has an id, a state"),
    ("tests/a/b_test.cc", "// R-999\nTEST(A, B) {\n}\n", "tests/a/b_test.cc:A.B names R-999, which rules.csv does not have"),
    ("tests/a/b_test.cc", "// R-103\nTEST(A, B) {\n}\n", "R-103 is planned, but tests/a/b_test.cc:A.B holds it"),
    ("tests/a/a_test.cc", "// R-101\nint x;\nTEST(A, B) {\n  f(\"R-101\");\n}\n// R-101\n",
     "R-101 is built and no test names it"),
]
CLEAN = [
    ("tests/rules.csv", "# a comment\nid,state,rule\nR-101,built,one\nR-103,planned,three\ncase-13,planned,thirteen\n"),
    ("tests/a/a_test.cc", "// R-101: why\nTEST(A, B) {\n}\n"),
]
HELD = [
    ("tests/a/c_test.cc", "TEST_F(A, B) {\n  // cases 13 and 14, R-102\n  row rows[] = {\n      {\"R-103\"},\n  };\n}\n",
     {"case-13": "A.B", "case-14": "A.B", "R-102": "A.B", "R-103": "A.B"}),
    ("tests/a/c_test.cc", "INSTANTIATE_TEST_SUITE_P(\n    T, Broken,\n    testing::Values(R{\"x (R-104)\"}),\n    Name);\nint x;\n",
     {"R-104": "Broken"}),
    ("tests/a/c.csv", "# case 5\n1,2\n", {"case-5": "1"}),
    ("tests/a/c_test.py", "def one():\n    \"\"\"R-105\"\"\"\n", {"R-105": "one"}),
]


def seeded(*files):
    folder = tempfile.TemporaryDirectory()
    for path, text in files:
        file = pathlib.Path(folder.name, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def selftest():
    failures = []
    for path, text, expected in [("tests/a/b_test.cc", "", None), *SEEDS]:
        with seeded(*CLEAN, (path, text)) as root:
            said = check(pathlib.Path(root))[2]
            if [one[:len(expected or "")] for one in said] != ([expected] if expected else []):
                failures.append(f"expected: {expected}\n     said: {said}")
    for path, text, expected in HELD:
        with seeded((path, text)) as root:
            found = {one: [f"{path}:{test}"] for one, test in expected.items()}
            if held(pathlib.Path(root)) != found:
                failures.append(f"expected: {found}\n   found: {held(pathlib.Path(root))}")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--root", default=str(pathlib.Path(__file__).resolve().parent.parent))
    parser.add_argument("--missing", action="store_true", help="only rules without a test")
    parser.add_argument("--selftest", action="store_true")
    args = parser.parse_args()
    if args.selftest:
        failures = selftest()
        print("\n".join(failures) or f"ok: {len(SEEDS)} mistakes found")
        return 1 if failures else 0
    rules, tests, wrong = check(pathlib.Path(args.root))
    for one, (state, text) in rules.items():
        if args.ids and one not in args.ids or args.missing and one in tests:
            continue
        print(f"{one:8} {state:8} {text}")
        for place in tests.get(one, []):
            print(f"{'':18}{place}")
    built = [one for one, (state, _) in rules.items() if state == "built"]
    print(f"{len(rules)} rules, {len(built)} built; {sum(len(tests.get(one, [])) for one in built)} tests hold them")
    for sentence in wrong:
        print(f"rules: {sentence}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
