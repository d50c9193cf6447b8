// SPDX-License-Identifier: Apache-2.0
#include "tests/io/child.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <vector>

#include "tests/support/catch.h"

namespace tidemark::test {

ChildOutcome RunInChild(const std::function<std::string()>& body) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::fflush(nullptr);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    close(ends[0]);
    std::string failure;
    try {
      failure = body();
    } catch (...) {  // A REQUIRE of something the body called.
      failure = "a requirement failed";
    }
    std::size_t written = 0;
    while (written < failure.size()) {
      const ssize_t more = write(ends[1], failure.data() + written, failure.size() - written);
      if (more <= 0) break;
      written += static_cast<std::size_t>(more);
    }
    // No destructors and no leak check: the parent's objects are not this process's.
    _exit(0);
  }
  close(ends[1]);
  ChildOutcome outcome;
  char buffer[256];
  for (ssize_t got; (got = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    outcome.failure.append(buffer, static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    outcome.failure += Format("(ended with status {:#x})", status);
  }
  if (outcome.failure.rfind("skip: ", 0) == 0) {
    std::fprintf(stderr, "skipped: %s\n", outcome.failure.c_str() + 6);
    outcome = {true, ""};
  }
  return outcome;
}

std::string RefuseCalls(std::initializer_list<Refusal> refusals) {
  std::vector<sock_filter> program;
  for (const Refusal& refusal : refusals) {
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<__u32>(refusal.call), 0,
                               static_cast<__u8>(refusal.mask != 0 ? 4 : 1)));
    if (refusal.mask != 0) {
      // The low half of a little-endian argument.
      program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                 static_cast<__u32>(offsetof(seccomp_data, args) +
                                                    8 * static_cast<unsigned>(refusal.argument))));
      program.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, refusal.mask));
      program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refusal.mask, 0, 1));
    }
    program.push_back(
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<__u32>(refusal.error)));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    return Format("skip: no system call filter: {}", std::strerror(errno));
  }
  return "";
}

std::string MountSmall(const std::string& directory, std::uint64_t bytes, unsigned long flags) {
  if (unshare(CLONE_NEWNS) != 0) {
    return Format("skip: no mount namespace: {}", std::strerror(errno));
  }
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("tmpfs", directory.c_str(), "tmpfs", flags, Format("size={}", bytes).c_str()) != 0) {
    return Format("skip: no tmpfs: {}", std::strerror(errno));
  }
  return "";
}

}  // namespace tidemark::test
