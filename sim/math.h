// Transcendental functions that give the same bits on every x86-64 and AArch64 machine.
//
// The C library picks other code where the processor has fused multiply-add, and its results differ in
// the last place; a journal digest must not. These use only +, -, *, / and sqrt in a fixed order
// (exact by IEEE 754) and are built without contraction. Accuracy: within 2 ulp over the ranges stated.
#pragma once

namespace dectbed::sim::repro {

double log(double x);  ///< natural logarithm, x > 0
double log2(double x);
double log10(double x);
double exp(double x);  ///< |x| <= 700
double exp2(double x);
double exp10(double x);
double pow(double base, double e);  ///< base > 0
double sin(double x);               ///< |x| <= 1e5, radians
double cos(double x);
double erf(double x);
double erfc(double x);
double normal_quantile(double p);  ///< inverse of the standard normal distribution, 0 < p < 1

}  // namespace dectbed::sim::repro
