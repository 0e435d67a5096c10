"""Makes expressions of Terraform's language: of every kind, each with ordinary parts and, now and then, with odd ones.

Not here: what they come to. All choice is taken from one random source, so that a seed makes the same expressions again.
"""

WORDS = ["a", "b", "key", "Zoë", "ß", "aa", "x y", "0", "1", "10", "true", "null", "-", "é", "", "a.b", "for", "\U0001F468\u200d\U0001F469"]
# What quoted text is made of, as it is written there.
TEXTS = [
    "hello", "Hello World", "", " ", "  lead", "trail  ", "a,b,,c", "e\u0301", "\u00e9", "nai\u0308ve",
    "\U0001F468\u200d\U0001F469\u200d\U0001F467", "\U0001F1E9\U0001F1EA", "한글", "\u1112\u1161\u11ab", "ǆ", "İstanbul", "ﬁ", "ΑΣ",
    "\\n", "a\\nb\\n", "\\t", "\\u00e9", "\\U0001F600", "\\\"q\\\"", "\\\\d", "\\r\\n", "$${x}", "%%{if}", "$", "%", "$$", "a$b%c",
    "<&>", "\\u2028", "\\u0000", "\\u0007", "1", "1.50", "-0", "0x1F", "1e3", " 1", "true", "True", "false", "null", "1_000",
    "\u00a0x\u00a0", "\u200bz", "a\u0300\u0323", "don't", "o'neil-smith x_y", "ŉ", "straße", "\\ufeff",
]
NUMBERS = [
    "0", "1", "2", "3", "4", "5", "7", "10", "16", "64", "100", "-1", "-2", "-7", "0.1", "0.2", "0.5", "1.5", "2.5", "-0.5", "-1.5",
    "1e3", "1E3", "1e-3", "1.0", "100.00", "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
    "18446744073709551615", "18446744073709551616", "1e21", "1e22", "123456789e-9", "0.000001", "1e-7", "3.14159265358979323846264338327950288",
    "340282366920938463463374607431768211456", "1e100", "1e-100", "1e308", "4.35", "2147483648", "-2147483649", "007", "1.10",
]
FORMATS = [
    "%d", "%5d", "%-5d|", "%05d", "%+d", "% d", "%x", "%X", "%#x", "%o", "%b", "%c", "%e", "%E", "%f", "%.2f", "%8.3f", "%g", "%G", "%.3g",
    "%s", "%10s", "%-10s|", "%.2s", "%q", "%v", "%#v", "%t", "%%", "%[1]d %[1]s", "%[2]s %[1]s", "%[9]s", "%*d", "%-*s", "%!", "%z", "%",
    "%5t", "%+v", "%05s", "%.q", "%5.1q", "%+e", "%#o", "%08b", "%+.1f", "%[0]s", "%[1", "%s%s", "%d-%s", "x", "%5%", "%.0f", "%6.2f%%",
]
PATTERNS = [
    "a", "[a-z]+", "^h", "(\\\\d+)-(\\\\w+)", "(?P<first>[a-z]+)(?P<second>\\\\d*)", "(a)|(b)", "", ".", "o", "(?i)HELLO", "l{2}", "[^,]*",
    "(?s).", "\\\\bworld", "(", "[", "(?P<x>.)(.)", "\\\\p{L}+", "x*", "$", "(?m)^.", "a(?!b)", "\\\\1", "(?:a|b)+", "[[:alpha:]]+", "\\\\x41", "\\\\pN", "a**",
    "(?U)a+", "\\\\Qa.b\\\\E", "[\\\\d-z]", "\\\\z", "a{1001}", "(?P<a>.)(?P<a>.)",
]
CIDRS = [
    "10.0.0.0/8", "192.168.1.0/24", "10.0.0.1/30", "0.0.0.0/0", "10.1.2.3/32", "fe80::/64", "2001:db8::/32", "::/0", "::1/128", "10.0.0.0/33",
    "10.0.0.0", "010.0.0.0/8", "::ffff:10.0.0.0/104", "10.0.0/8", "", "x", "172.16.0.0/12", "2001:DB8::1/64", "10.0.0.0/08",
]
TIMES = [
    "2017-11-22T01:00:00Z", "2018-01-02T23:12:01Z", "2018-01-02T23:12:01-08:00", "2020-02-29T00:00:00+05:30", "2018-01-02T23:12:01.5Z",
    "2018-01-02", "2018-13-02T23:12:01Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2018-01-02t23:12:01z", "2018-01-02 23:12:01Z", "x",
    "2018-01-02T24:00:00Z", "2018-01-02T23:12:60Z", "2018-01-02T23:12:01", "2019-02-29T00:00:00Z", "2018-01-02T23:12:01+00:00",
    "2018-01-02T23:12:01.123456789123Z", "2018-01-02T23:12:01,5Z", "2018-1-02T23:12:01Z",
]
DURATIONS = ["10m", "1h", "-1h30m", "1.5h", "1ms", "2us", "3ns", "1d", "", "1", "+5s", "0", ".5s", "1h1", "290y", "3000000h", "1µs", "-.s", "1.s"]
DATES = [
    "DD MMM YYYY hh:mm ZZZ", "EEEE, DD-MMM-YY hh:mm:ss ZZZ", "EEE, DD MMM YYYY hh:mm:ss ZZZZ", "EEE, DD MMM YYYY hh:mm:ss ZZZZZ", "MMM DD, YYYY",
    "HH:mm aa", "h:m:s AA", "H'o''clock'", "M-D-YY", "MMMM", "Z", "YYY", "EE", "x", "'open", "", "hhh", "YYYY-MM-DD'T'hh:mm:ssZ", "A", "'a''b'", "ZZ", "12-/.",
]
JSONS = [
    "{\\\"a\\\":1}", "[1,2.5,\\\"x\\\",null,true]", "\\\"e\\u0301\\\"", "1e400", "-0", "{}", "[]", "", "{\\\"a\\\":1,\\\"a\\\":2}", "[1,]", "01", " 1 ", "nul", "1 2",
    "\\\"\\\\u00e9\\\"", "123456789012345678901234567890.125", "{\\\"a\\\":{\\\"b\\\":[{}]}}", "'x'", "1.0", "1E5", "{\\\"\\\":1}", "\\\"\\\\/\\\"", "[1] x", ".5", "+1",
    "\\\"\\\\x\\\"", "\\\"\\t\\\"", "-", "1.", "{\\\"a\\\":null}", "[[1],[\\\"a\\\"]]",
]
YAMLS = [
    "a: 1", "- 1\\n- b", "a: [1, 2]\\nb: {c: d}", "yes", "~", "", "0x1F", "0o17", "017", "1_000", "1.5", ".inf", "2001-01-01", "2001-01-01T00:00:00Z",
    "\\\"q\\\"", "'q'", "a: &x 1\\nb: *x", "a: |\\n  x\\n  y\\n", "a: >\\n  x\\n  y\\n", "!!str 1", "!!int \\\"1\\\"", "{a: 1, a: 2}", "? a\\n: b", "a: b: c", "- - 1\\n  - 2",
    "--- 1\\n--- 2", "a:\\n- b\\nc: ", "<<: {a: 1}\\nb: 2", "1: a", "true: a", "%", "@x", "# only", "0b11", "1e3", "+1", "-.5", "0.", "a: !!binary aGk=", "null: 1",
    "!x 1", "[a, b", "a: \\\"\\\\x41\\\"", "-  a\\n-  b: c\\n   d: e", "2001-1-1", "12:30", "0o8", "!!float 1", "!!bool yes", "- *x", "a: !!null x", "|\\n x", "...", "--- ", "- ",
]
CSVS = ["a,b\\n1,2\\n", "a,b\\n1\\n", "a\\n\\\"x\\ny\\\"\\n", "a,a\\n1,2", "", "a", "a,b\\r\\n1,2\\r\\n", " a, b\\n 1, 2", "a\\n\\n1", "\\\"a\\n1", "a\\nx\\\"y", "é\\ne\u0301", "\\ufeffa\\n1", "a,\\n1,2", "a\\n\\\"\\\"\\\"\\\"", "#a\\n1", "a;b\\n1;2"]
BASE64 = ["aGVsbG8=", "aGVsbG8", "////", "-_-_", "", "aGk=\\n", "8J+YgA==", "gICA", "a", "aGk==", "AP8A", "aGVs bG8=", "YQ=="]
ENCODINGS = ["UTF-8", "UTF-16LE", "UTF-16", "ISO-8859-1", "windows-1252", "Shift_JIS", "GB18030", "us-ascii", "x", "", "utf8", "IBM437", "EUC-KR", "Big5", "UTF-16BE", "macintosh", "KOI8-R", "iso-2022-jp", "UTF-32", "CP1252", "latin1"]
PATHS = ["a/b.txt", "/a/b/", "a", "", ".", "..", "a//b", "/", "a/../b", "./x", "a\\\\b", "a/b/.", "//", "../x/..", "a/./b"]

# What a function takes, by the letters of `Grammar.argument`; several lists are several ways to call it. `*` repeats the last.
CALLS = {
    "collections": {
        "alltrue": ["B"], "anytrue": ["B"], "chunklist": ["L N"], "coalesce": ["A *", "T *", "N *"], "coalescelist": ["L *"], "compact": ["TL"],
        "concat": ["L *", "U *"], "contains": ["L A", "TL T"], "distinct": ["L"], "element": ["L N", "U N"], "flatten": ["U", "L", "A"],
        "index": ["L A", "TL T"], "keys": ["M", "O"], "length": ["A", "L", "T"], "list": ["A *"], "lookup": ["M T", "M T A", "O T A"], "map": ["T A"],
        "matchkeys": ["L L L", "TL TL TL"], "merge": ["M *", "O *", "A *"], "one": ["L", "S", "U"], "range": ["N", "N N", "N N N"], "reverse": ["L", "U"],
        "setintersection": ["S *"], "setproduct": ["S *", "L *"], "setsubtract": ["S S"], "setunion": ["S *"], "slice": ["L N N", "U N N"], "sort": ["TL", "L"],
        "transpose": ["TM", "M"], "values": ["M", "O"], "zipmap": ["TL L", "TL U"], "sum": ["NL", "L"],
    },
    "types": {
        "can": ["A"], "ephemeralasnull": ["A"], "issensitive": ["A"], "nonsensitive": ["A"], "sensitive": ["A"], "tobool": ["A", "T"], "tolist": ["A", "L", "U", "S"],
        "tomap": ["A", "O", "M"], "tonumber": ["A", "T"], "toset": ["A", "L", "U"], "tostring": ["A", "N"], "try": ["A *"],
    },
    "text": {
        "chomp": ["T"], "endswith": ["T T"], "format": ["FORMAT A *"], "formatlist": ["FORMAT A *", "FORMAT L *"], "indent": ["N T"], "join": ["T TL", "T TL *"],
        "lower": ["T"], "regex": ["PATTERN T"], "regexall": ["PATTERN T"], "replace": ["T T T", "T SLASHED T"], "split": ["T T"], "startswith": ["T T"],
        "strcontains": ["T T"], "strrev": ["T"], "substr": ["T N N"], "title": ["T"], "trim": ["T T"], "trimprefix": ["T T"], "trimspace": ["T"], "trimsuffix": ["T T"],
        "upper": ["T"], "templatestring": ["TEMPLATE O"],
    },
    "numbers": {
        "abs": ["N"], "ceil": ["N"], "floor": ["N"], "log": ["N N"], "max": ["N *"], "min": ["N *"], "parseint": ["T N", "DIGITS N"], "pow": ["N N"], "signum": ["N"], "sum": ["NL"],
    },
    "encodings": {
        "base64decode": ["BASE64"], "base64encode": ["T"], "base64gzip": ["T"], "csvdecode": ["CSV"], "jsondecode": ["JSON"], "jsonencode": ["A", "O", "N", "T"],
        "textdecodebase64": ["BASE64 ENCODING"], "textencodebase64": ["T ENCODING"], "urlencode": ["T"], "yamldecode": ["YAML"], "yamlencode": ["A", "O", "T", "N"],
    },
    "hashes": {
        "base64sha256": ["T"], "base64sha512": ["T"], "md5": ["T"], "sha1": ["T"], "sha256": ["T"], "sha512": ["T"], "uuidv5": ["NAMESPACE T"],
    },
    "networks": {
        "cidrhost": ["CIDR N"], "cidrnetmask": ["CIDR"], "cidrsubnet": ["CIDR N N"], "cidrsubnets": ["CIDR N *"],
    },
    "time": {"formatdate": ["DATE TIME"], "timeadd": ["TIME DURATION"], "timecmp": ["TIME TIME"]},
    "files": {
        "basename": ["PATH"], "dirname": ["PATH"], "file": ["FILE"], "filebase64": ["FILE"], "fileexists": ["FILE"], "fileset": ["FOLDER GLOB"], "filemd5": ["FILE"],
        "filesha1": ["FILE"], "filesha256": ["FILE"], "filesha512": ["FILE"], "filebase64sha256": ["FILE"], "filebase64sha512": ["FILE"], "templatefile": ["TEMPLATEFILE O"],
    },
}
# The files beside the configuration.
FILES = {
    "data/plain.txt": b"hello\n", "data/accent.txt": "e\u0301\r\nx".encode(), "data/bytes.bin": b"\xff\x00\xfe", "data/sub/deep.txt": b"", "data/.hidden": b"h",
    "data/a.tmpl": b"Hi ${a}!\n%{ for x in [1, 2] ~}\n- ${x}\n%{ endfor ~}\n", "data/broken.tmpl": b"${", "data/pure.tmpl": b"${1 + 1}", "data/[x].txt": b"b",
}
LOCALS = """
locals {
  text     = "Grüße"
  number   = 12.5
  truth    = true
  nothing  = null
  list     = tolist(["c", "a", "b"])
  numbers  = tolist([3, 1, 2])
  set      = toset(["b", "a"])
  map      = tomap({ a = 1, b = 2 })
  tuple    = [1, "two", [3], { four = 4 }]
  object   = { a = 1, b = "x", c = { d = [1, 2, 3] }, "e f" = null }
  records  = [{ name = "x", tags = ["p", "q"] }, { name = "y", tags = [] }]
  secret   = sensitive("hush")
  template = "a=$${a} %%{ if true }yes%%{ else }no%%{ endif }"
}
"""
LOCAL = {
    "T": ["text", "secret"], "N": ["number"], "B": ["truth"], "L": ["list", "numbers", "records"], "S": ["set"], "M": ["map"], "U": ["tuple", "records"], "O": ["object"],
    "A": ["nothing"],
}
GROUPS = ["literals", "operators", "conditionals", "loops", "splats", "traversals", "templates", "heredocs", "syntax", *CALLS]


class Grammar:
    def __init__(self, random):
        self.random = random
        self.names = []

    def expression(self, group):
        """An expression whose outermost part is of the group."""
        self.names = []
        if group in CALLS:
            return self.call(self.random.choice(sorted(CALLS[group])), 2, group)
        return getattr(self, group)()

    # Choice.

    def odd(self, one_in):
        return self.random.randrange(one_in) == 0

    def pick(self, of):
        return self.random.choice(of)

    def some(self, most, make):
        return [make() for _ in range(self.random.randrange(most + 1))]

    # Parts by what they are: T text, N number, B bool, L list, S set, M map, U tuple, O object, A any; TL, NL, TM of texts, of numbers.

    def part(self, kind, depth):
        if self.odd(14):
            kind = "A"
        if self.odd(40):
            return "null"
        if self.names and self.odd(3):
            return self.pick(self.names)
        if kind in LOCAL and self.odd(8):
            return "local." + self.pick(LOCAL[kind])
        if kind == "A":
            kind = self.pick("TNBLSMUO") if depth > 0 else self.pick("TTNNB")
        if depth > 0 and self.odd(4):
            return self.compound(kind, depth - 1)
        return getattr(self, "make_" + kind)(max(depth - 1, 0))

    def compound(self, kind, depth):
        way = self.random.randrange(5)
        if way == 0:
            return f"({self.part('B', depth)} ? {self.part(kind, depth)} : {self.part(kind, depth)})"
        if way == 1:
            return f"[{self.part(kind, depth)}, {self.part(kind, depth)}][{self.pick('0011')}]"
        if way == 2:
            return "{ a = %s }.a" % self.part(kind, depth)
        if way == 3 and kind in "LU":
            return self.loops(depth)
        if kind == "N":
            return f"({self.part('N', depth)} {self.pick('+-*/%')} {self.part('N', depth)})"
        if kind == "B":
            return "(" + self.operators(depth) + ")"
        if kind == "T":
            return self.templates(depth)
        return self.part(kind, depth)

    def make_T(self, depth):
        if depth > 0 and self.odd(6):
            return self.templates(depth)
        return '"' + "".join(self.pick(TEXTS) for _ in range(self.pick([1, 1, 1, 2, 3]))) + '"'

    def make_N(self, _):
        way = self.random.randrange(8)
        if way == 0:
            return str(self.random.getrandbits(self.pick([8, 53, 64, 65, 128, 300, 511, 512])))
        if way == 1:
            return f"{self.random.getrandbits(60)}.{self.random.getrandbits(self.pick([4, 40, 300]))}"
        if way == 2:
            return f"{self.random.randrange(1000)}e{self.pick(['', '-', '+'])}{self.random.randrange(60)}"
        return self.pick(NUMBERS) if way < 6 else str(self.random.randrange(-3, 9))

    def make_B(self, _):
        return self.pick(["true", "false"])

    def make_L(self, depth):
        kind = self.pick("TTNNBTUO") if depth > 0 else self.pick("TN")
        return f"tolist([{', '.join(self.some(4, lambda: self.part(kind, max(depth - 1, 0))))}])"

    def make_S(self, depth):
        return "toset([" + self.make_L(depth)[len("tolist(["):]

    def make_U(self, depth):
        return f"[{', '.join(self.some(4, lambda: self.part('A', depth)))}]"

    def make_O(self, depth):
        return "{" + ", ".join(self.some(3, lambda: f"{self.key(depth)} {self.pick(['=', '=', ':'])} {self.part('A', depth)}")) + "}"

    def make_M(self, depth):
        kind = self.pick("TTNB")
        return "tomap({" + ", ".join(self.some(3, lambda: f"{self.key(0)} = {self.part(kind, depth)}")) + "})"

    def make_TL(self, depth):
        return f"[{', '.join(self.some(4, lambda: self.part('T', depth)))}]"

    def make_NL(self, depth):
        return f"[{', '.join(self.some(4, lambda: self.part('N', depth)))}]"

    def make_TM(self, depth):
        return "{" + ", ".join(self.some(3, lambda: f"{self.key(0)} = {self.make_TL(depth)}")) + "}"

    def key(self, depth):
        way = self.random.randrange(8)
        if way < 4:
            return self.pick(["a", "b", "c", "key", "a-b", "_x", "é"])
        if way < 6:
            return '"' + self.pick(WORDS) + '"'
        if way == 6:
            return self.pick(["1", "true", "null", "1.5", "if", "for_each"])
        return f"({self.part('A', depth)})"

    # Groups.

    def literals(self):
        return self.part(self.pick("TTNNBLSMUOA"), 3)

    def operators(self, depth=2):
        way = self.random.randrange(8)
        if way == 0:
            return f"{self.pick(['-', '!', '--', '!!', '- '])}{self.part(self.pick('NBA'), depth)}"
        if way == 1:
            return " ".join(self.chain(depth))
        operator = self.pick(["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "==", "!="])
        kind = "A" if operator in ("==", "!=") else "B" if operator in ("&&", "||") else "N"
        if operator in ("==", "!=") and self.odd(2):
            kind = self.pick("LSMUOTN")
        return f"{self.part(kind, depth)} {operator} {self.part(kind, depth)}"

    def chain(self, depth):
        yield self.part("N", depth)
        for _ in range(self.random.randrange(1, 4)):
            yield self.pick(["+", "-", "*", "/", "%", "<", ">=", "==", "&&", "||"])
            yield self.part(self.pick("NNNB"), depth)

    def conditionals(self):
        kind = self.pick("TNBLSMUOA")
        other = kind if self.odd(2) else self.pick("TNBLSMUOA")
        return f"{self.part('B', 1)} ? {self.part(kind, 3)} : {self.part(other, 3)}"

    def loops(self, depth=2):
        key, value = self.pick([("k", "v"), (None, "v"), (None, "x"), ("i", "x")])
        head = f"for {key + ', ' if key else ''}{value} in {self.part(self.pick('LSMUO'), depth)} : "
        outer = self.names
        self.names = [*outer, value, *([key] if key else [])]
        condition = f" if {self.pick([self.part('B', 1), value + ' != ' + self.part('A', 1)])}" if self.odd(4) else ""
        if self.odd(2):
            made = f"[{head}{self.part('A', depth)}{condition}]"
        else:
            name = self.pick([self.part("T", 1), f'"${{{value}}}"', key or value])
            made = f"{{{head}{name} => {self.part('A', depth)}{'...' if self.odd(3) else ''}{condition}}}"
        self.names = outer
        return made

    def splats(self):
        of = self.pick([
            lambda: "local.records", lambda: "local.object", lambda: "local.tuple", lambda: self.part(self.pick("LSMUONTA"), 3), lambda: "null",
            lambda: "[" + ", ".join(self.some(3, lambda: self.make_O(1))) + "]", lambda: "tolist([{a = 1}, {a = 2}])", lambda: "toset([{a = 1}, {a = 2}])",
        ])()
        return of + self.pick(["[*]", ".*", "[*]", "[*]"]) + "".join(self.some(3, self.step))

    def step(self):
        return self.pick([".a", ".name", ".tags", ".0", "[0]", '["a"]', ".b", "[*]", ".*", '["tags"]', "[1]", ".1", ".0.0"])

    def traversals(self):
        of = self.pick([
            lambda: self.part(self.pick("LSMUOTNA"), 3), lambda: "local.records", lambda: "local.object", lambda: "local.tuple", lambda: "local.map", lambda: "local.list",
            lambda: "local.set", lambda: "local.nothing",
        ])()
        steps = self.some(2, self.step)
        steps.insert(0, self.pick([
            f"[{self.part('N', 1)}]", f"[{self.part('T', 1)}]", '["a"]', ".a", ".0", "[0]", "[-1]", "[99]", '["0"]', "[1.5]", "[true]", "[null]", '["zzz"]', ".zzz", ".3.four", ".c.d", "[3].four",
        ]))
        return of + "".join(steps)

    def piece(self, depth, quoted=True):
        """A part of a template."""
        mark = lambda: self.pick(["", "", "~"])
        blank = lambda: self.pick(["", " ", "  "] if quoted else ["", " ", "\n", "  \n", "\n  "])
        way = self.random.randrange(8)
        if way < 3:
            literal = self.pick([text for text in TEXTS if quoted or "\\" not in text])
            return literal + blank()
        if way < 6:
            return f"{blank()}${{{mark()} {self.part(self.pick('TNBTNA'), depth)} {mark()}}}{blank()}"
        inner = "".join(self.some(2, lambda: self.piece(max(depth - 1, 0), quoted)))
        if way == 6:
            other = f"%{{{mark()} else {mark()}}}{blank()}{self.pick(TEXTS[:10])}" if self.odd(2) else ""
            return f"%{{{mark()} if {self.part('B', 0)} {mark()}}}{blank()}{inner}{other}%{{{mark()} endif {mark()}}}"
        return f"%{{{mark()} for v in {self.part(self.pick('LSMU'), 1)} {mark()}}}{inner}${{v}}{blank()}%{{{mark()} endfor {mark()}}}"

    def templates(self, depth=2):
        return '"' + "".join(self.piece(depth) for _ in range(self.random.randrange(1, 4))) + '"'

    def heredocs(self):
        marker = self.pick(["EOT", "E", "END-X", "é"])
        lines = []
        for _ in range(self.random.randrange(0, 5)):
            indent = self.pick(["", "  ", "    ", "\t", " \t"])
            lines.append(indent + "".join(self.piece(1, False) for _ in range(self.random.randrange(0, 3))) + self.pick(["", "", " ", "\\n", '"']))
        text = "".join(line + "\n" for line in lines)
        return f"<<{self.pick(['', '-', '-'])}{marker}\n{text}{self.pick(['', '  ', '    '])}{marker}\n"

    def syntax(self):
        """Something written, with a few characters taken away, added or swapped."""
        group = self.pick([group for group in GROUPS if group not in ("syntax", "hashes")])
        text = self.expression(group)
        marks = list("()[]{},.:;=!<>+-*/%&|?~\"\\$#@'`^ \n0e_") + ["...", "=>", "==", "${", "%{", "::", "//", "/*", "*/", " for ", " in ", " if ", "<<", "null", "a", " \u00a0", "\t", "\r\n"]
        for _ in range(self.random.randrange(1, 3)):
            at = self.random.randrange(len(text) + 1)
            way = self.random.randrange(3)
            if way == 0:
                text = text[:at] + text[at + 1:]
            elif way == 1:
                text = text[:at] + self.pick(marks) + text[at:]
            else:
                text = text[:at] + self.pick(marks) + text[at + 1:]
        return text

    def call(self, name, depth, group):
        kinds = self.pick(CALLS[group][name]).split()
        if kinds[-1] == "*":
            kinds = kinds[:-1] + [kinds[-2]] * self.random.randrange(3)
        if self.odd(25):
            kinds = self.pick([kinds[:-1], kinds + ["A"]])
        arguments = [self.argument(kind, depth) for kind in kinds]
        spread = ""
        if arguments and self.odd(15):
            arguments[-1] = self.pick([f"[{arguments[-1]}]", self.part("U", 1)])
            spread = "..."
        return f"{name}({', '.join(arguments)}{spread})"

    def argument(self, kind, depth):
        texts = {
            "FORMAT": FORMATS, "PATTERN": PATTERNS, "CIDR": CIDRS, "TIME": TIMES, "DURATION": DURATIONS, "DATE": DATES, "JSON": JSONS, "YAML": YAMLS, "CSV": CSVS,
            "BASE64": BASE64, "ENCODING": ENCODINGS, "PATH": PATHS,
            "FILE": ["data/plain.txt", "data/accent.txt", "data/bytes.bin", "data/sub/deep.txt", "data", "none", "./data/plain.txt", "data/../data/plain.txt", "data//plain.txt", ""],
            "FOLDER": ["data", "data/", "none", "./data", "data/sub/.."],
            "GLOB": ["*", "**", "*.txt", "**/*.txt", "{plain,accent}.txt", "[ab]*", "data/*", "[", "sub/*", ".*", "?????.txt", "**/deep*", "../*", "*/", "\\\\[x].txt", ""],
            "NAMESPACE": ["dns", "url", "oid", "x500", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "x", "6ba7b8109dad11d180b400c04fd430c8", "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", ""],
            "DIGITS": ["ff", "FF", "-ff", "zz", "Zz", "0b11", "0x1f", "1010", "+7", "1_0", "", " 1", "777", "zZ", "123456789012345678901234567890"],
            "TEMPLATEFILE": ["data/a.tmpl", "data/a.tmpl", "data/plain.txt", "data/broken.tmpl", "data/bytes.bin", "none", "data/pure.tmpl"],
        }
        if self.odd(20):
            return self.part("A", depth)
        if kind == "SLASHED":
            return '"/' + self.pick(PATTERNS) + '/"'
        if kind == "TEMPLATE":
            return self.pick(["local.template", "local.template", "local.text", "local.number", "local.nothing", '"x"', "local.object.b", "local.tuple[1]"])
        if kind in texts:
            return '"' + self.pick(texts[kind]) + '"'
        return self.part(kind, depth)
