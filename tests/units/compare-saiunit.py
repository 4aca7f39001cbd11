"""Scale, base, factor and dimension of our units against saiunit's.

usage: compare-saiunit.py PRINT_UNITS    (exit 77: saiunit is not installed)
"""

import re
import subprocess
import sys

try:
    import saiunit
    from saiunit._base_unit import parse_unit
except ImportError:
    print("saiunit is not installed; tests/setup does it")
    sys.exit(77)

# Ours that saiunit has under another name or not at all.
TRANSLATED = {
    "%": "10^-2", "min": "minute", "h": "hour", "spikes": "1", "ohm-cm": "ohm * cmeter",
    "mho": "siemens", "MOhm": "Mohm", "deg": "degree", "mmHg": "torr",
    "keV": "10^3 * eV",
}
OFFSET = {"degC": "kelvin"}

# saiunit's that mean something else here, and why.
OTHERWISE = {
    "st": "stone is spelled out",
    "pt": "UDUNITS-2: pint",
    "p": "not a unit outside of saiunit",
    "gr": "grain is spelled out",
    "kn": "knot is spelled out",
    "km/h": "a quotient like any other: saiunit's own km / h has scale 0",
    "IMF": "not a unit outside of saiunit",
    "blob": "likewise",
    "mach": "depends on the air",
    "′": "arcmin is written out",
    "″": "arcsec is written out",
    **dict.fromkeys(
        ["oz t", "lb t", "long ton", "short ton", "julian yr", "US survey ft", "US survey mi",
         "imp gal", "fl oz", "imp fl oz", "cal IT", "Btu th", "ton TNT"],
        "two words are a product here"),
}


def ours(program, symbols=None):
    """{symbol: (dim, scale, base, factor, is_offset) or None}"""
    arguments = [program] if symbols else [program, "usual"]
    text = subprocess.run(arguments, input="\n".join(symbols or []), capture_output=True, text=True,
                          check=True).stdout
    found = {}
    for line in text.splitlines():
        symbol, *numbers = line.split("\t")
        found[symbol] = numbers and (
            [int(n) for n in numbers[:7]], int(numbers[7]), float(numbers[8]), float(numbers[9]),
            numbers[10] == "1")
    return found


def numbers_of(unit):
    return [int(d) for d in unit.dim._dims], int(unit.scale), float(unit.base), float(unit.factor)


def to_saiunit(symbol):
    """Our notation in saiunit's: "mS/cm2" -> "mS / cm^2"."""
    def term(match):
        name, power = match.group(1), match.group(2)
        name = TRANSLATED.get(name, name)
        return f"({name})^{power}" if power and " " in name else name + (f"^{power}" if power else "")
    if symbol in TRANSLATED:
        return TRANSLATED[symbol]
    text = symbol.replace(" ", " * ").replace("/", " / ")
    return re.sub(r"([A-Za-z%]+)(\d*)", term, text)


def check_usual(program):
    wrong = []
    usual = ours(program)
    for symbol, found in usual.items():
        if symbol in OFFSET:
            expected = numbers_of(parse_unit(OFFSET[symbol]))
            if not found or list(found[:4]) != list(expected) or not found[4]:
                wrong.append(f"{symbol}: expected an offset unit like {expected}, found {found}")
            continue
        expected = numbers_of(parse_unit(to_saiunit(symbol)))
        if not found or tuple(found[:4]) != tuple(expected) or found[4]:
            wrong.append(f"{symbol}: saiunit has {expected}, ours is {found}")
    return len(usual), wrong


def check_saiunits(program):
    """Every named unit of saiunit, under the symbol that it displays, and compounds of some."""
    from saiunit import _unit_common, _unit_constants
    units = {}
    for module in (_unit_common, _unit_constants):
        for name in module.__all__:
            unit = getattr(module, name)
            if isinstance(unit, saiunit.Unit):
                units.setdefault(str(unit.dispname), unit)
    basis = [units[s] for s in ("mV", "nS", "pA", "ms", "mM", "um", "min", "h", "kg", "eV")]
    for a in basis:
        for b in basis:
            for compound in (a * b, a / b, a / b ** 2, a ** 3 / b):
                if isinstance(compound, saiunit.Unit):
                    units.setdefault(str(compound), compound)
    found = ours(program, list(units))
    wrong, n_checked = [], 0
    for symbol, unit in units.items():
        if symbol in OTHERWISE:
            continue
        n_checked += 1
        expected = numbers_of(unit)
        if not found[symbol] or tuple(found[symbol][:4]) != tuple(expected):
            wrong.append(f"{symbol}: saiunit has {expected}, ours is {found[symbol]}")
    return n_checked, wrong


def main():
    program = sys.argv[1]
    failed = False
    for what, check in (("usual symbols", check_usual), ("units of saiunit", check_saiunits)):
        n_checked, wrong = check(program)
        failed |= bool(wrong) or n_checked < 150
        print(f"{what}: {n_checked} compared with saiunit {saiunit.__version__}, {len(wrong)} differ")
        print("\n".join(wrong))
    sys.exit(failed)


main()
