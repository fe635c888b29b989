"""The hash from which all data comes, as reference/fill.h defines it, written apart from it.

SPDX-License-Identifier: MIT"""
import numpy as np

GAMMA = 0x9E3779B97F4A7C15


def mix(z):
    """splitmix64's output function (Steele, Lea, Flood 2014) on an array of uint64."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def hashes(seed, role, count):
    """The hash of each element of a role, from which its value comes."""
    key = mix(np.array([(seed + GAMMA * (role + 1)) % 2**64], np.uint64))
    return mix(key + np.uint64(GAMMA) * np.arange(count, dtype=np.uint64))


def below(h, limit):
    """From the upper half of each hash a number in [0, limit)."""
    return (h >> np.uint64(32)) * np.uint64(limit) >> np.uint64(32)
