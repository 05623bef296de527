// Method. log, exp, sin and cos: exact or doubled-precision argument reduction and the Taylor series on
// the reduced interval, summed from the small end. log2, log10, pow, exp2, exp10: the same in
// double-double arithmetic, where the plain result would be multiplied by a rounded constant. erf, erfc
// and the normal quantile: Chebyshev interpolants (math_tables.h) of the smooth factor of the function.
#include "sim/math.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "sim/math_tables.h"

namespace dectbed::sim::repro {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// --- double-double: a value as the unevaluated sum of two doubles (Dekker 1971, Knuth 4.2.2) -----------

struct dd {
    double hi, lo;
};

dd two_sum(double a, double b) {
    const double s = a + b;
    const double t = s - a;
    return {s, (a - (s - t)) + (b - t)};
}

/// Needs |a| >= |b|.
dd quick_two_sum(double a, double b) {
    const double s = a + b;
    return {s, b - (s - a)};
}

dd two_product(double a, double b) {
    constexpr double splitter = 134217729.0;  // 2^27 + 1
    const double p = a * b;
    const double ta = splitter * a, tb = splitter * b;
    const double ah = ta - (ta - a), bh = tb - (tb - b);
    const double al = a - ah, bl = b - bh;
    return {p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

dd add(dd a, dd b) {
    const dd s = two_sum(a.hi, b.hi);
    const dd t = two_sum(a.lo, b.lo);
    const dd u = quick_two_sum(s.hi, s.lo + t.hi);
    return quick_two_sum(u.hi, u.lo + t.lo);
}

dd mul(dd a, dd b) {
    const dd p = two_product(a.hi, b.hi);
    return quick_two_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

dd div(dd a, dd b) {
    const double q1 = a.hi / b.hi;
    const dd back = mul({q1, 0}, b);
    const dd rest = add(a, {-back.hi, -back.lo});
    return quick_two_sum(q1, rest.hi / b.hi);
}

constexpr dd ln2_dd{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
constexpr dd ln10_dd{0x1.26bb1bbb55516p+1, -0x1.f48ad494ea3e9p-53};
constexpr dd one_over_ln2_dd{0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56};
constexpr dd one_over_ln10_dd{0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57};
// ln 2 with a first part of 32 bits, so that a whole number of up to 21 bits times it is exact.
constexpr double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;

// --- scaling by powers of two, on the bits -----------------------------------------------------------------

std::uint64_t bits_of(double x) {
    std::uint64_t b;
    std::memcpy(&b, &x, sizeof b);
    return b;
}
double from_bits(std::uint64_t b) {
    double x;
    std::memcpy(&x, &b, sizeof x);
    return x;
}
/// 2^k for a normal result: -1022 <= k <= 1023.
double power_of_two(int k) { return from_bits(static_cast<std::uint64_t>(k + 1023) << 52); }

double scaled(double x, int k) {
    if (k > 1000) return x * 0x1p1000 * power_of_two(k - 1000 > 1023 ? 1023 : k - 1000);
    if (k < -1000) return x * 0x1p-1000 * power_of_two(k + 1000 < -1022 ? -1022 : k + 1000);
    return x * power_of_two(k);
}

/// Nearest whole number by the classical trick of adding and taking away 1.5 * 2^52; |x| < 2^51.
double nearest(double x) {
    constexpr double big = 0x1.8p52;
    return (x + big) - big;
}

// --- logarithm -----------------------------------------------------------------------------------------------

struct split_number {
    double mantissa;  ///< in [sqrt(1/2), sqrt(2))
    int exponent;
};

split_number split(double x) {
    int e = 0;
    if (x < 0x1p-1022) {  // subnormal
        x *= 0x1p54;
        e = -54;
    }
    std::uint64_t b = bits_of(x);
    e += static_cast<int>(b >> 52) - 1023;
    b = (b & 0x000FFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
    double m = from_bits(b);
    if (m >= 0x1.6a09e667f3bcdp+0) {
        m *= 0.5;
        ++e;
    }
    return {m, e};
}

/// log(1 + f) = f - (f^2/2 - s (f^2/2 + R)), s = f / (2 + f), R = 2 (s^2/3 + s^4/5 + ...): from
/// log(1 + f) = 2 artanh(s) and 2 s = f - s f. Gives the part after f, which is small against it.
double log1p_rest(double f) {
    const double s = f / (2.0 + f);
    const double z = s * s;  // <= 0.0295
    double r = 2.0 / 25;
    r = r * z + 2.0 / 23;
    r = r * z + 2.0 / 21;
    r = r * z + 2.0 / 19;
    r = r * z + 2.0 / 17;
    r = r * z + 2.0 / 15;
    r = r * z + 2.0 / 13;
    r = r * z + 2.0 / 11;
    r = r * z + 2.0 / 9;
    r = r * z + 2.0 / 7;
    r = r * z + 2.0 / 5;
    r = r * z + 2.0 / 3;
    r = r * z;
    const double half_square = 0.5 * f * f;
    return s * (half_square + r) - half_square;
}

/// log(x) to about 100 bits: artanh series in double-double.
dd log_dd(double x) {
    const split_number n = split(x);
    const dd f{n.mantissa - 1.0, 0};
    const dd s = div(f, two_sum(2.0, f.hi));
    const dd z = mul(s, s);
    // z < 0.0295: 2^-5.08 a term; the terms from s^27 on weigh less than 2^-66 and need one double only.
    constexpr int last_double = 33, last_dd = 25;
    double tail = 0;
    for (int k = last_double; k > last_dd; k -= 2) tail = (tail + 1.0 / k) * z.hi;
    dd sum{tail, 0};
    for (int k = last_dd; k >= 3; k -= 2) sum = mul(add(sum, div({1, 0}, {static_cast<double>(k), 0})), z);
    sum = add(sum, {1, 0});
    dd result = mul(s, sum);
    result = {2 * result.hi, 2 * result.lo};
    return add(result, mul({static_cast<double>(n.exponent), 0}, ln2_dd));
}

/// log(x) as high + low with an error of about 2^-55 of it: enough ahead of one multiplication.
dd log_pair(double x) {
    const split_number n = split(x);
    const double f = n.mantissa - 1.0;
    const dd m = two_sum(f, log1p_rest(f));
    if (n.exponent == 0) return m;
    const double k = n.exponent;
    const dd head = two_sum(k * ln2_high, m.hi);
    return quick_two_sum(head.hi, head.lo + (m.lo + k * ln2_low));
}

/// What the functions of a positive argument give outside it; true if `x` is such.
bool log_edge(double x, double& result) {
    if (x > 0 && x < infinity) return false;
    result = x == 0 ? -infinity : x > 0 ? infinity : not_a_number;
    return true;
}

// --- exponential -----------------------------------------------------------------------------------------------

/// exp(r + c), |r| <= 0.35, c far below r: Taylor's series to r^14.
dd exp_reduced(double r, double c) {
    double p = 1.0 / 87178291200.0;
    p = p * r + 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    const dd head = quick_two_sum(1.0, r);
    return two_sum(head.hi, head.lo + (r * r * p + (c + c * r)));
}

struct scaled_dd {
    dd value;
    int exponent;
};

/// exp of a double-double in the range of the exponent.
scaled_dd exp_parts(dd x) {
    const double k = nearest(x.hi * one_over_ln2_dd.hi);
    const dd r = two_sum(x.hi - k * ln2_high, -(k * ln2_low));
    const dd sum = quick_two_sum(r.hi, r.lo + x.lo);
    return {exp_reduced(sum.hi, sum.lo), static_cast<int>(k)};
}

double exp_of(dd x) {
    if (!(x.hi <= 709.8)) return x.hi > 0 ? infinity : x.hi;
    if (x.hi < -745.2) return 0.0;
    const scaled_dd e = exp_parts(x);
    return scaled(e.value.hi, e.exponent);
}

// --- trigonometric -----------------------------------------------------------------------------------------------

struct quarter {
    dd rest;  ///< in [-pi/4, pi/4]
    unsigned quadrant;
};

quarter reduce(double x) {
    // pi/2 in three parts of 33 bits and one of 53; k has at most 17 bits here, so k times a part is exact
    // but for the last, whose error is below 2^-140.
    constexpr double p1 = 0x1.921fb54400000p+0, p2 = 0x1.0b4611a600000p-34, p3 = 0x1.3198a2e000000p-69,
                     p4 = 0x1.b839a252049c1p-104;
    const double k = nearest(x * 0x1.45f306dc9c883p-1);
    const dd a = two_sum(x - k * p1, -(k * p2));
    const dd b = two_sum(a.hi, -(k * p3));
    const dd c = quick_two_sum(b.hi, a.lo + b.lo);
    const dd d = quick_two_sum(c.hi, c.lo - k * p4);
    return {d, static_cast<unsigned>(static_cast<std::int64_t>(k)) & 3u};
}

double sin_small(dd r) {
    const double x = r.hi, z = x * x;
    double p = 1.0 / 355687428096000.0;
    p = p * z - 1.0 / 1307674368000.0;
    p = p * z + 1.0 / 6227020800.0;
    p = p * z - 1.0 / 39916800.0;
    p = p * z + 1.0 / 362880.0;
    p = p * z - 1.0 / 5040.0;
    p = p * z + 1.0 / 120.0;
    p = p * z - 1.0 / 6.0;
    return x + (x * z * p + r.lo * (1.0 - 0.5 * z));
}

double cos_small(dd r) {
    const double x = r.hi, z = x * x;
    double p = -1.0 / 6402373705728000.0;
    p = p * z + 1.0 / 20922789888000.0;
    p = p * z - 1.0 / 87178291200.0;
    p = p * z + 1.0 / 479001600.0;
    p = p * z - 1.0 / 3628800.0;
    p = p * z + 1.0 / 40320.0;
    p = p * z - 1.0 / 720.0;
    p = p * z + 1.0 / 24.0;
    const dd square = two_product(x, x);
    const dd head = quick_two_sum(1.0, -0.5 * square.hi);
    return head.hi + (head.lo + (z * z * p - (0.5 * square.lo + x * r.lo)));
}

// --- tables ------------------------------------------------------------------------------------------------------

/// The constant term carries the rounding errors of the rest, which is small against it.
template <int terms>
dd evaluate(const piece<terms>& p, dd x) {
    const double u = ((x.hi - p.middle) + x.lo) * p.scale;
    double sum = p.c[terms - 1];
    for (int i = terms - 2; i > 0; --i) sum = sum * u + p.c[i];
    const dd value = two_sum(p.c[0], sum * u);
    return {value.hi, value.lo + p.c0_low};
}

template <int terms, std::size_t pieces>
dd evaluate(const piece<terms> (&table)[pieces], dd x) {
    for (std::size_t i = 0; i + 1 < pieces; ++i) {
        if (x.hi < table[i].up_to) return evaluate(table[i], x);
    }
    return evaluate(table[pieces - 1], x);
}

/// x >= 0.5. The square's rounding error is carried: exp(-x^2) would magnify it.
double erfc_upper(double x) {
    if (x > 27.3) return 0.0;
    const dd square = two_product(x, x);
    const scaled_dd e = exp_parts({-square.hi, -square.lo});
    return scaled(mul(e.value, evaluate(erfcx, {x, 0})).hi, e.exponent);
}

/// |x| < 0.5
dd erf_small(double x) { return mul({x, 0}, evaluate(erf_centre, {x * x, 0})); }

}  // namespace

double log(double x) {
    double edge;
    if (log_edge(x, edge)) return edge;
    const split_number n = split(x);
    const double f = n.mantissa - 1.0;
    const double rest = log1p_rest(f);
    if (n.exponent == 0) return f + rest;
    const double k = n.exponent;
    const dd head = two_sum(k * ln2_high, f);
    return head.hi + (head.lo + (rest + k * ln2_low));
}

double log2(double x) {
    double edge;
    if (log_edge(x, edge)) return edge;
    const split_number n = split(x);
    const dd m = mul(log_pair(n.mantissa), one_over_ln2_dd);
    const dd sum = two_sum(n.exponent, m.hi);
    return sum.hi + (sum.lo + m.lo);
}

double log10(double x) {
    double edge;
    if (log_edge(x, edge)) return edge;
    const dd result = mul(log_pair(x), one_over_ln10_dd);
    return result.hi + result.lo;
}

double exp(double x) { return exp_of({x, 0}); }

double exp2(double x) {
    if (!(x <= 1024)) return x > 0 ? infinity : x;
    if (x < -1075) return 0.0;
    const double k = nearest(x);
    const dd r = mul({x - k, 0}, ln2_dd);
    return scaled(exp_reduced(r.hi, r.lo).hi, static_cast<int>(k));
}

double exp10(double x) {
    if (!(x <= 308.3)) return x > 0 ? infinity : x;
    if (x < -323.7) return 0.0;
    return exp_of(mul({x, 0}, ln10_dd));
}

double pow(double base, double e) {
    if (e == 0 || base == 1) return 1.0;
    double edge;
    if (log_edge(base, edge)) return e > 0 ? (edge < 0 ? 0.0 : edge) : (edge < 0 ? infinity : edge > 0 ? 0.0 : edge);
    if (!(e >= -1e6 && e <= 1e6)) {
        if (e != e) return e;
        return (base > 1) == (e > 0) ? infinity : 0.0;
    }
    return exp_of(mul(log_dd(base), {e, 0}));
}

double sin(double x) {
    if (!(x >= -1e5 && x <= 1e5)) return not_a_number;
    const quarter q = reduce(x);
    switch (q.quadrant) {
        case 0:
            return sin_small(q.rest);
        case 1:
            return cos_small(q.rest);
        case 2:
            return -sin_small(q.rest);
        default:
            return -cos_small(q.rest);
    }
}

double cos(double x) {
    if (!(x >= -1e5 && x <= 1e5)) return not_a_number;
    const quarter q = reduce(x);
    switch (q.quadrant) {
        case 0:
            return cos_small(q.rest);
        case 1:
            return -sin_small(q.rest);
        case 2:
            return -cos_small(q.rest);
        default:
            return sin_small(q.rest);
    }
}

double erf(double x) {
    const double a = x < 0 ? -x : x;
    if (a != a) return x;
    if (a < 0.5) return erf_small(x).hi;
    const double upper = a > 6 ? 1.0 : 1.0 - erfc_upper(a);
    return x < 0 ? -upper : upper;
}

double erfc(double x) {
    if (x != x) return x;
    if (x >= 0.5) return erfc_upper(x);
    if (x > -0.5) {
        const dd small = erf_small(x);
        const dd rest = two_sum(1.0, -small.hi);
        return rest.hi + (rest.lo - small.lo);
    }
    return x < -6 ? 2.0 : 2.0 - erfc_upper(-x);
}

double normal_quantile(double p) {
    if (!(p > 0 && p < 1)) return p == 0 ? -infinity : p == 1 ? infinity : not_a_number;
    const dd q = two_sum(p, -0.5);
    if (q.hi >= -0.425 && q.hi <= 0.425) {
        const double z = q.hi * q.hi + 2 * q.hi * q.lo;
        return mul(q, evaluate(quantile_centre, {z, 0})).hi;
    }
    const dd l = log_pair(q.hi < 0 ? p : 1.0 - p);
    const double root = std::sqrt(-l.hi);
    const dd square = two_product(root, root);
    const dd r{root, ((-l.hi - square.hi) - square.lo - l.lo) / (2 * root)};
    // Beyond the table's end, at 27.5, there is no number: the smallest subnormal gives 27.3.
    const double x = evaluate(quantile_tail, r).hi;
    return q.hi < 0 ? -x : x;
}

}  // namespace dectbed::sim::repro
