/* The gate's statistics: what the log ratios of independent processes say, at any time, whatever their distribution.
 *
 * The hypothesis that the median of a log ratio is at most t is a bet at even odds or worse that the next one lies above t. A
 * gambler who stakes a share s of his wealth on `above` multiplies it by 1 + s or 1 - s; the mean over gamblers of several s is
 * the wealth here. While the hypothesis is true, wealth is a supermartingale, and reaches 1/a with probability at most a, ever
 * (Ville 1939): one may look after every process and stop whenever one likes. (Ramdas, Gruenwald, Vovk, Shafer: Game-theoretic
 * statistics and safe anytime-valid inference, Statistical Science 38, 2023.) Nothing is asked of the noise but that, given the
 * past, no more than half of it lies on the wrong side.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_EVIDENCE_H
#define TB_EVIDENCE_H

#include <stdbool.h>

/* Natural logarithm of the wealth after `hits` hits and n - hits misses. */
double tb_wealth(int n, int hits);

/* Log of the most that the wealth ever was against the hypothesis that the median of x is at most `threshold`, or, if `below`,
 * at least that. x is in the order of time. The p value, valid at any time, is exp(-this). */
double tb_evidence(const double *x, int n, double threshold, bool below);

/* An interval that holds the median with probability `level` at any time; infinite ends where n is too small. sorted:
 * ascending. */
void tb_interval(const double *sorted, int n, double level, double *low, double *high);

/* Holm's step-down: hypothesis i is rejected if rejected[i] becomes true; the probability that any true one is, is at most
 * alpha, however they depend on each other. log_evidence: of tb_evidence. */
void tb_holm(const double *log_evidence, int n, double alpha, bool *rejected);

/* How many more observations it may take until the log wealth is `wanted`, if hits go on at this rate; 0: probably never. */
double tb_more(int n, int hits, double wanted);

#endif
