// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/export.h"
#include "tidemark/message.h"
#include "tidemark/options.h"
#include "tidemark/status.h"
#include "tidemark/store.h"
#include "tidemark/types.h"

/// Looking at a store that nobody has open, checking it, and repairing it.
namespace tidemark {

/// Told what long work is at and how far it came; a total of 0 is not known.
using InspectProgress =
    std::function<void(std::string_view step, std::int64_t done, std::int64_t total)>;

struct InspectOptions {
  FileSizes sizes = {};
  /// Look as a Java broker would that starts on the directory: our sidecar is passed over, the log
  /// ends at the first bad record. Else what lies behind such a record is shown as well.
  bool as_java = false;
  /// Default: this computer.
  std::shared_ptr<io::Machine> machine = {};
  InspectProgress progress = {};
};

/// What a directory says about itself.
struct StoreSummary {
  bool aborted = false;  ///< It was not closed properly (`abort` is there).
  LogOffset min{};
  LogOffset max{};        ///< Where an Open would go on.
  LogOffset shown_max{};  ///< Where the walk ends: behind max only in a damaged log.
  std::int64_t segment_bytes = 0;
  std::int64_t queue_file_bytes = 0;
  std::int32_t index_slots = 0;
  std::int32_t index_entries = 0;
  /// Of the recovery in memory; `damage` says why an Open would refuse.
  RecoveryReport recovery;
};

/// One stretch of the log, in log order and without gaps.
struct LogStretch {
  enum class Kind : std::uint8_t {
    kRecord,
    kFiller,  ///< The rest of a segment into which the next record did not fit.
    kHole,    ///< Damaged: bytes that are no record.
  };
  Kind kind = Kind::kRecord;
  LogOffset offset{};
  std::int64_t bytes = 0;
  std::string_view file;  ///< The segment, below the root.
  MessageView message;    ///< Of a record.
  std::string_view why;   ///< Of a hole.
};

/// A unit of a queue as it stands in the queue's files.
struct QueueUnit {
  QueueOffset queue_offset{};
  LogOffset log_offset{};
  std::int32_t record_bytes = 0;
  std::int64_t tags_code = 0;
};

/// The keys by which the index finds the message: UNIQ_KEY, then those of KEYS; duplicates stay.
TIDEMARK_API std::vector<std::string_view> IndexKeys(const MessageView& message);

/// A store as recovery would leave it, in memory: nothing is written to the directory, which stays
/// locked while this lives. Thread-bound. Views and texts given to a visitor are valid during the
/// call; what a visitor returns ends the walk when it is not ok.
class TIDEMARK_API Inspection {
 public:
  /// Errors: kFailedPrecondition (a process has the store open; sizes do not fit the files),
  /// kNotFound (no store is there), kDataLoss (too damaged to look at in this way).
  static Result<std::unique_ptr<Inspection>> Open(const std::filesystem::path& directory,
                                                  InspectOptions options = {});
  virtual ~Inspection() = default;

  virtual const StoreSummary& summary() const = 0;

  virtual Status VisitLog(const std::function<Status(const LogStretch&)>& visit) = 0;

  /// Queues with their bounds, sorted; those that never held a message are left out.
  virtual std::vector<QueueInfo> Queues() = 0;
  /// The queue's units that point into the log.
  virtual Status VisitUnits(TopicQueue queue,
                            const std::function<Status(const QueueUnit&)>& visit) = 0;

  /// The messages that the index finds for a key, at most 64 as Java, in log order.
  virtual Result<std::vector<LogOffset>> FindKey(std::string_view topic, std::string_view key) = 0;

  /// Calls `visit` with the record at `offset`. Errors: kNotFound, kDataLoss.
  virtual Status VisitRecord(LogOffset offset,
                             const std::function<Status(const MessageView&)>& visit) = 0;
};

/// One thing that is not as it should be.
struct Finding {
  enum class Kind : std::uint8_t {
    kDamage,   ///< Messages are hit, or a file that only a copy can bring back.
    kDerived,  ///< Queues, index or sidecar say something wrong: `repair --rebuild` mends it.
    kNote,     ///< Nothing wrong, but worth knowing; the store counts as sound.
  };
  Kind kind = Kind::kDamage;
  std::string file = {};       ///< Below the root; empty: the whole store.
  std::int64_t position = -1;  ///< Byte in the file; -1: none in particular.
  std::string text = {};
};

struct VerifyReport {
  std::uint64_t findings = 0;  ///< Of kDamage and kDerived.
  std::uint64_t damages = 0;   ///< Of kDamage.
  std::uint64_t records = 0;
  std::uint64_t units = 0;
  std::uint64_t index_entries = 0;
  std::uint64_t config_files = 0;
  std::int64_t log_bytes = 0;
};

/// Checks everything: every record's structure, CRC and place; that queues hold exactly the units
/// of the records; that the index finds every key and its chains hold; the files in config/; the
/// sidecar. A directory that was not closed properly is checked as recovery would leave it. Writes
/// nothing; memory stays bounded by the number of queues and the index's slots. `visit` is told
/// each finding as it is made. Errors: as Inspection::Open, but damage is a finding.
TIDEMARK_API Result<VerifyReport> Verify(const std::filesystem::path& directory,
                                         const InspectOptions& options,
                                         const std::function<void(const Finding&)>& visit);

struct RepairOptions {
  FileSizes sizes = {};
  bool apply = false;  ///< Else nothing is written and the report says what would be done.
  /// Append the whole records that lie behind the damage again, at the end; else they are cut off
  /// as Java does it.
  bool salvage = false;
  bool rebuild = false;  ///< Build queues and index anew from the whole log.
  std::shared_ptr<io::Machine> machine = {};
  InspectProgress progress = {};
};

struct RepairReport {
  std::string damage = {};                ///< Why the store was refused; empty: it was not.
  LogOffset end{};                        ///< Where the log was cut, or ends.
  std::int64_t cut_bytes = 0;             ///< What was not zero behind it.
  std::uint64_t behind = 0;               ///< Whole records behind the damage.
  std::uint64_t salvaged = 0;             ///< Of those, appended again.
  std::vector<std::string> refused = {};  ///< What could not be appended again, and why.
  std::string quarantine = {};            ///< The file that keeps a copy of all that was cut.
  bool rebuilt = false;
  std::vector<std::string> steps = {};  ///< What was (or would be) done, one sentence each.
};

/// Makes a damaged store open again; see RepairOptions. What is cut off is kept below
/// `tidemark/quarantine`. Errors: as Store::Open.
TIDEMARK_API Result<RepairReport> Repair(const std::filesystem::path& directory,
                                         const RepairOptions& options);

}  // namespace tidemark
