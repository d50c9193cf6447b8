// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tidemark/export.h"
#include "tidemark/status.h"

/// The seam to the machine. A store reaches files, rings and clocks through these interfaces only,
/// so that an embedder can bring its own and tests can bring one that loses power.
namespace tidemark::io {

using ReadBuffer = std::span<std::byte>;
using WriteBuffer = std::span<const std::byte>;

/// What a file system knows about a file or directory.
struct FileInfo {
  bool directory = false;
  std::uint64_t size_bytes = 0;
  std::uint64_t allocated_bytes = 0;  ///< Blocks behind the file; less than the size when sparse.
  std::int64_t modified_ns = 0;       ///< Since the Unix epoch.
  std::int64_t changed_ns = 0;        ///< Inode change time, since the Unix epoch.
  std::uint64_t inode = 0;
  std::uint64_t links = 0;  ///< 0: the file has lost its name.
  friend bool operator==(const FileInfo&, const FileInfo&) = default;
};

/// An open file, or an open directory (only Sync and Stat work on one). Thread-safe.
/// Errors of every call: kDataLoss (EIO and its kin), kResourceExhausted (no space, no
/// descriptors), kFailedPrecondition (read-only, not permitted), each with the file's name.
class TIDEMARK_API File {
 public:
  virtual ~File() = default;

  /// Reads into `out` from byte `offset`; returns how many bytes came, fewer than asked at the
  /// file's end or when the machine pleases, 0 only at or past the end.
  virtual Result<std::size_t> ReadAt(std::uint64_t offset, ReadBuffer out) = 0;

  /// Writes the buffers one after the other at byte `offset`; returns how many bytes were taken,
  /// possibly fewer than given.
  virtual Result<std::size_t> WriteAt(std::uint64_t offset, std::span<const WriteBuffer> data) = 0;

  /// Returns when everything written and completed before the call survives a power cut: data and
  /// the size needed to read it (fdatasync); for a directory its entries.
  /// After an error nothing written since the last success may be trusted to be on the device.
  virtual Status Sync() = 0;

  /// Gives [offset, offset + length) real blocks that read as they did (zero where nothing was
  /// written), extending the size when needed. Nobody may write into the range meanwhile.
  virtual Status Allocate(std::uint64_t offset, std::uint64_t length) = 0;

  /// Syncs all of the file system that holds this file (syncfs).
  virtual Status SyncFileSystem() = 0;

  virtual Result<FileInfo> Stat() = 0;

  /// Takes an exclusive advisory lock on byte 0, the one a Java broker takes (POSIX record lock),
  /// held until the file is closed. False: somebody else has it, in this process or another.
  virtual Result<bool> TryLock() = 0;
};

enum class Access : std::uint8_t {
  kRead,
  /// Past the page cache: offsets, lengths and addresses are multiples of 4096. Buffered where the
  /// file system knows no such reads.
  kReadDirect,
  /// Only from memory: a read whose range is not all in the page cache fails with kUnavailable and
  /// brings nothing into it. A machine that cannot tell refuses, or reads all the same.
  kReadCached,
  /// Writes past the page cache, aligned as kReadDirect's reads; buffered where that is not known.
  kWriteDirect,
  kReadWrite,
  kCreate,  ///< Read and write; made empty (mode 0600) when absent.
};

struct DirectoryEntry {
  std::string name;
  bool directory = false;
  friend bool operator==(const DirectoryEntry&, const DirectoryEntry&) = default;
};

struct SpaceInfo {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;       ///< Including what is reserved for root.
  std::uint64_t available_bytes = 0;  ///< For this process.
};

/// Whether a new file gets its blocks at once.
enum class Blocks : std::uint8_t { kAllocated, kSparse };

/// Names of files and directories. Thread-safe. Changes of names survive a power cut only after
/// the directory that holds them was synced: see SyncDirectory below.
class TIDEMARK_API FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// Opens a file, or (kRead only) a directory. Errors: kNotFound.
  virtual Result<std::unique_ptr<File>> Open(const std::filesystem::path& path, Access access) = 0;

  /// Makes a file of `size` zero bytes that appears under its name only when it has its whole size
  /// durably (the name itself still needs SyncDirectory). Opened for reading and writing.
  /// Errors: kFailedPrecondition (the name exists), kResourceExhausted.
  virtual Result<std::unique_ptr<File>> CreateWhole(const std::filesystem::path& path,
                                                    std::uint64_t size, Blocks blocks) = 0;

  /// The entries of a directory, sorted by name, without "." and "..". Errors: kNotFound.
  virtual Result<std::vector<DirectoryEntry>> List(const std::filesystem::path& directory) = 0;

  /// Errors: kNotFound.
  virtual Result<FileInfo> Stat(const std::filesystem::path& path) = 0;

  /// Makes one directory (mode 0700); fine when it exists. Errors: kNotFound (no parent).
  virtual Status CreateDirectory(const std::filesystem::path& path) = 0;

  /// Renames within one file system, replacing a file of that name.
  virtual Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;

  /// Removes a file or an empty directory. Errors: kNotFound.
  virtual Status Remove(const std::filesystem::path& path) = 0;

  virtual Result<SpaceInfo> Space(const std::filesystem::path& path) = 0;
};

/// One request to a ring.
struct Operation {
  enum class Kind : std::uint8_t { kRead, kWrite, kSync };

  Kind kind = Kind::kRead;
  /// The next operation of the same Submit starts only after this one succeeded in full: a short
  /// or failed one cancels it (kUnavailable in its completion).
  bool link = false;
  File* file = nullptr;
  std::uint64_t offset = 0;
  std::byte* data = nullptr;  ///< Read into or written from; stays valid until completed.
  std::size_t size = 0;
  std::uint64_t tag = 0;  ///< Returned with the completion.
};

struct Completion {
  std::uint64_t tag = 0;
  Status status;
  std::size_t bytes = 0;  ///< Transferred; may be short, as with File.
};

/// Submission and completion of many operations at once. Threads: one at a time, and a thread must
/// not end before what it submitted was reaped. Lifetime: files and memory of an operation stay
/// until it was reaped. Unlinked operations take effect and complete in any order.
class TIDEMARK_API Ring {
 public:
  virtual ~Ring() = default;

  /// How many operations may be in flight.
  virtual std::size_t Depth() const = 0;

  /// Starts the operations; at most Depth() minus those in flight. After an error none was started.
  virtual Status Submit(std::span<const Operation> operations) = 0;

  /// Waits until at least `wait_for` operations completed and returns what has completed, at most
  /// `out.size()`. `wait_for` must exceed neither what is in flight nor `out.size()`.
  virtual Result<std::size_t> Reap(std::span<Completion> out, std::size_t wait_for) = 0;
};

/// Thread-safe.
class TIDEMARK_API Clock {
 public:
  virtual ~Clock() = default;
  /// Since the Unix epoch; may jump in both directions.
  virtual std::chrono::nanoseconds Wall() = 0;
  /// Never goes back, counts on while the computer sleeps (CLOCK_BOOTTIME); measures deadlines.
  virtual std::chrono::nanoseconds Monotonic() = 0;
};

/// What a ring is for; the machine may serve each differently.
enum class RingUse : std::uint8_t {
  kCommit,  ///< Writes at the log's end, each followed by its sync.
  kRead,    ///< Direct reads in depth.
};

/// Everything of a computer that a store uses. Thread-safe; outlives the stores that use it.
class TIDEMARK_API Machine {
 public:
  virtual ~Machine() = default;
  virtual FileSystem& files() = 0;
  virtual Clock& clock() = 0;
  /// A ring for `depth` operations in flight. Errors: kUnavailable (the kernel gives no more).
  virtual Result<std::unique_ptr<Ring>> NewRing(RingUse use, std::size_t depth) = 0;
  /// Of this process; part of what tells its runs apart.
  virtual std::int64_t ProcessId() const = 0;
  /// One line for logs: which path serves which use, and why.
  virtual std::string Describe() const = 0;
  /// Whether a small write and its sync are much faster into blocks that were written before than
  /// into those that only Allocate gave.
  virtual bool PrefersWrittenBlocks() const { return false; }
};

/// How this computer's files are reached.
enum class Path : std::uint8_t {
  kAuto,     ///< Measured for each use on the directory, in some 20 ms; stores remember it.
  kIoUring,  ///< io_uring, or an error when the kernel refuses it.
  kPread,    ///< pread, pwrite, fdatasync.
};

/// This computer. `probe_directory` is where kAuto measures; it must exist.
/// Errors: kUnavailable (kIoUring asked for, and forbidden or absent: the message says why).
TIDEMARK_API Result<std::shared_ptr<Machine>> ThisMachine(
    Path path, const std::filesystem::path& probe_directory);

/// `base` seen through a layer that keeps every change in memory: `base` is only read. For looking
/// at a store as recovery would leave it. Locks are not taken.
TIDEMARK_API std::shared_ptr<Machine> OverlayMachine(std::shared_ptr<Machine> base);

}  // namespace tidemark::io
