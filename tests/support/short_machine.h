// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "tidemark/io.h"

namespace tidemark::test {

/// `base`, where at random, by `seed`, transfers are cut short: reads bring and writes take less
/// than asked, as the seam allows. On a ring what is linked behind a short one is cancelled. Past
/// the page cache transfers stay multiples of 4096. Says that written blocks are preferred.
std::shared_ptr<io::Machine> ShortMachine(std::shared_ptr<io::Machine> base, std::uint64_t seed);

/// The machine that the environment names for stores under test, null when it names none:
/// TIDEMARK_MACHINE is pread or io_uring, with "short-" before it inside a ShortMachine (seed:
/// TIDEMARK_SEED, else a new one, printed). Where the kernel refuses it the program ends with
/// status 77 and the reason: to Meson that is a skipped test.
std::shared_ptr<io::Machine> MachineUnderTest();

}  // namespace tidemark::test
