#!/usr/bin/env python3
"""Writes math_tables.h: the polynomial coefficients of sim/math.cpp.

Each table is the Chebyshev interpolant of a smooth function on one interval, computed with 60 digits
and written in powers of u = (x - middle) / half, u in [-1, 1]. Needs python3-mpmath; run it only to
change a table:  python3 math_tables.py > math_tables.h
"""
from mpmath import mp, mpf, cos, pi, erfc, erf, exp, sqrt, erfinv, log, matrix, findroot

mp.dps = 60


def interpolant(function, low, high, degree):
    """Power-basis coefficients in u of the Chebyshev interpolant of the given degree."""
    low, high = mpf(low), mpf(high)
    n = degree + 1
    middle, half = (low + high) / 2, (high - low) / 2
    nodes = [cos(pi * (2 * k + 1) / (2 * n)) for k in range(n)]
    values = [function(middle + half * node) for node in nodes]
    chebyshev = [2 * sum(v * cos(j * pi * (2 * k + 1) / (2 * n)) for k, v in enumerate(values)) / n
                 for j in range(n)]
    chebyshev[0] /= 2
    power = [mpf(0)] * n
    previous, current = [mpf(1)], [mpf(0), mpf(1)]
    for j, c in enumerate(chebyshev):
        if j == 0:
            polynomial = previous
        elif j == 1:
            polynomial = current
        else:
            following = [mpf(0)] + [2 * t for t in current]
            for i, t in enumerate(previous):
                following[i] -= t
            previous, current = current, following
            polynomial = current
        for i, t in enumerate(polynomial):
            power[i] += c * t
    return power


def smallest_degree(function, low, high, relative):
    """Interpolant of the smallest degree that keeps the relative error everywhere on a fine grid."""
    low, high = mpf(low), mpf(high)
    for degree in range(4, 40):
        power = interpolant(function, low, high, degree)
        worst = mpf(0)
        for k in range(101):
            u = -1 + mpf(2) * k / 100
            x = (low + high) / 2 + (high - low) / 2 * u
            exact = function(x)
            value = mpf(0)
            for c in reversed(power):
                value = value * u + c
            worst = max(worst, abs(value / exact - 1))
        if worst < relative:
            return power
    raise SystemExit("no degree suffices on [%s, %s]" % (low, high))


def text(x):
    return float(x).hex()


def emit(name, function, intervals, relative=mpf("4e-18")):
    pieces = [(mpf(a), mpf(b), smallest_degree(function, a, b, relative)) for a, b in intervals]
    terms = max(len(p) for _, _, p in pieces)
    print("constexpr int %s_terms = %d;" % (name, terms))
    print("constexpr piece<%s_terms> %s[] = {" % (name, name))
    for a, b, power in pieces:
        power = power + [mpf(0)] * (terms - len(power))
        print("    {%s, %s, %s," % (text(b), text((a + b) / 2), text(2 / (b - a))))
        print("     %s," % text(power[0] - mpf(float(power[0]))))
        print("     {" + ", ".join(text(c) for c in power) + "}},")
    print("};\n")


def erf_over_x(z):
    """erf(x)/x as a function of z = x^2."""
    x = sqrt(z)
    return 2 / sqrt(pi) if z == 0 else erf(x) / x


def quantile_centre(z):
    """quantile(1/2 + q)/q as a function of z = q^2."""
    q = sqrt(z)
    return sqrt(2 * pi) if z == 0 else sqrt(mpf(2)) * erfinv(2 * q) / q


def quantile_tail(r):
    """-quantile(p) where r = sqrt(-log p)."""
    target = -r * r
    x = r * sqrt(mpf(2)) - mpf("0.9") if r > 2 else mpf("1.2")
    # Newton on log of the upper tail: quick and safe, because that function is concave and smooth.
    for _ in range(200):
        tail = erfc(x / sqrt(mpf(2))) / 2
        density = exp(-x * x / 2) / sqrt(2 * pi)
        step = (log(tail) - target) * tail / density
        x += step
        if abs(step) < mpf(10) ** -50:
            break
    return x


print("// Written by sim/math_tables.py; do not edit. Polynomials in u = (x - middle) * scale, u in [-1, 1].")
print("#pragma once\n")
print("namespace dectbed::sim::repro {\n")
print("template <int terms>\nstruct piece {\n    double up_to, middle, scale;\n    double c0_low;  // c[0] + c0_low has about 106 bits\n    double c[terms];\n};\n")
emit("erf_centre", erf_over_x, [("0", "0.25")])
emit("erfcx", lambda x: exp(x * x) * erfc(x),
     [("0.5", "0.75"), ("0.75", "1"), ("1", "1.5"), ("1.5", "2"), ("2", "3"), ("3", "4"), ("4", "6"), ("6", "9"),
      ("9", "16"), ("16", "28")])
emit("quantile_centre", quantile_centre, [("0", "0.0225"), ("0.0225", "0.09"), ("0.09", "0.180625")])
emit("quantile_tail", quantile_tail,
     [("1.6", "2"), ("2", "2.5"), ("2.5", "3.25"), ("3.25", "4.5"), ("4.5", "6.5"), ("6.5", "10"), ("10", "17"),
      ("17", "27.5")])
print("}  // namespace dectbed::sim::repro")
