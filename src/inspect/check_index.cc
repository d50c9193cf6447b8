// SPDX-License-Identifier: Apache-2.0
#include "src/inspect/check_index.h"

#include <algorithm>

#include "src/base/byte_order.h"
#include "src/index/index_names.h"

namespace tidemark {
namespace {

constexpr std::int32_t kEntriesAtOnce = 8192;

}  // namespace

IndexCheck::IndexCheck(io::FileSystem& files, std::filesystem::path directory,
                       const IndexGeometry& geometry, LogOffset log_min, LogOffset log_end,
                       Findings& findings, VerifyReport& report)
    : files_(files),
      directory_(std::move(directory)),
      geometry_(geometry),
      log_min_(log_min),
      log_end_(log_end),
      findings_(findings),
      report_(report) {}

Finding IndexCheck::MakeFinding(std::int64_t position, std::string text) const {
  return {Finding::Kind::kDerived, "index/" + name_, position, std::move(text)};
}

Status IndexCheck::Start() {
  auto listed = files_.List(directory_);
  if (!listed.has_value()) {
    return listed.error().code() == StatusCode::kNotFound ? Status() : listed.error();
  }
  for (const io::DirectoryEntry& entry : *listed) {
    if (!entry.directory && IsIndexFileName(entry.name)) names_.push_back(entry.name);
  }
  return Advance();
}

Status IndexCheck::OpenNext() {
  name_ = names_[next_name_++];
  TM_ASSIGN_OR_RETURN(const io::FileInfo info, files_.Stat(directory_ / name_));
  if (static_cast<std::int64_t>(info.size_bytes) != geometry_.FileBytes()) {
    if (info.size_bytes != 0) {
      findings_.Add(MakeFinding(-1, Format("{} bytes, not {}; it is not looked into",
                                           info.size_bytes, geometry_.FileBytes())));
    }
    return {};
  }
  TM_ASSIGN_OR_RETURN(file_,
                      IndexFile::Open(files_, directory_ / name_, geometry_, io::Access::kRead));
  TM_ASSIGN_OR_RETURN(header_, file_->ReadHeader());
  if (header_.next_entry > geometry_.entries) {
    findings_.Add(MakeFinding(
        36, Format("the header counts {} entries, {} fit", header_.next_entry, geometry_.entries)));
    header_.next_entry = geometry_.entries;
  }
  newest_.assign(static_cast<std::size_t>(geometry_.slots), 0);
  buffer_.clear();
  buffer_first_ = 1;
  return {};
}

Result<IndexEntry> IndexCheck::EntryAt(std::int32_t number) {
  const auto have =
      static_cast<std::int32_t>(static_cast<std::int64_t>(buffer_.size()) / kIndexEntryBytes);
  if (number < buffer_first_ || number >= buffer_first_ + have) {
    const std::int32_t count = std::min(kEntriesAtOnce, header_.next_entry - number);
    buffer_.resize(static_cast<std::size_t>(count * kIndexEntryBytes));
    buffer_first_ = number;
    TM_RETURN_IF_ERROR(file_->Read(geometry_.EntryPosition(number), buffer_));
  }
  return DecodeIndexEntry(buffer_.data() + (number - buffer_first_) * kIndexEntryBytes);
}

Status IndexCheck::Advance() {
  std::int32_t number = head_.has_value() ? head_->number + 1 : 1;
  head_.reset();
  while (true) {
    if (file_.has_value()) {
      if (number < header_.next_entry) {
        TM_ASSIGN_OR_RETURN(const IndexEntry entry, EntryAt(number));
        head_ = Head{entry, number};
        ++report_.index_entries;
        CheckChain();
        return {};
      }
      TM_RETURN_IF_ERROR(CloseFile());
    }
    if (next_name_ == names_.size()) return {};
    TM_RETURN_IF_ERROR(OpenNext());
    number = 1;
  }
}

void IndexCheck::CheckChain() {
  const auto [entry, number] = *head_;
  const std::int64_t position = geometry_.EntryPosition(number);
  if (entry.key_hash < 0) {
    findings_.AddSome(chains_, [&] {
      return MakeFinding(position, Format("entry {} has the hash {}", number, entry.key_hash));
    });
    return;
  }
  std::int32_t& newest = newest_[static_cast<std::size_t>(geometry_.SlotOf(entry.key_hash))];
  if (entry.previous != newest) {
    findings_.AddSome(chains_, [&] {
      return MakeFinding(position,
                         Format("entry {} chains to entry {} instead of {}: older ones with "
                                "its slot are not found",
                                number, entry.previous, newest));
    });
  }
  newest = number;
}

Status IndexCheck::CloseFile() {
  std::int32_t used = 0;
  std::vector<std::byte> slots(static_cast<std::size_t>(geometry_.slots * kIndexSlotBytes));
  TM_RETURN_IF_ERROR(file_->Read(geometry_.SlotPosition(0), slots));
  for (std::int32_t slot = 0; slot < geometry_.slots; ++slot) {
    const auto there = LoadBig<std::int32_t>(slots.data() + slot * kIndexSlotBytes);
    const std::int32_t wanted = newest_[static_cast<std::size_t>(slot)];
    used += wanted != 0 ? 1 : 0;
    // An empty slot may hold what is behind the count: nothing reads it.
    if (there == wanted || (wanted == 0 && (there <= 0 || there >= header_.next_entry))) continue;
    findings_.AddSome(chains_, [&] {
      return MakeFinding(geometry_.SlotPosition(slot),
                         Format("slot {} begins at entry {} instead of {}", slot, there, wanted));
    });
  }
  if (!header_.empty() && header_.used_slots != used) {
    findings_.Add({Finding::Kind::kNote, "index/" + name_, 32,
                   Format("the header counts {} used slots, there are {}; nothing depends on "
                          "it",
                          header_.used_slots, used)});
  }
  file_.reset();
  return {};
}

void IndexCheck::Stray(std::string text) {
  findings_.AddSome(strays_, [&] {
    return MakeFinding(geometry_.EntryPosition(head_->number), std::move(text));
  });
}

void IndexCheck::CheckPlace(const Checked& checked) {
  const auto [entry, number] = *head_;
  const WallTime stored = checked.record.store_time;
  if (number == 1 &&
      (header_.begin_time != stored || header_.begin_record != checked.record.log_offset)) {
    findings_.Add(MakeFinding(0, "the header does not begin with the first entry's record"));
  }
  if (number == header_.next_entry - 1 &&
      (header_.end_time != stored || header_.end_record != checked.record.log_offset)) {
    findings_.Add(MakeFinding(8, "the header does not end with the last entry's record"));
  }
  // The first entry of a file that followed another has a time of its own kind (RocketMQ's quirk).
  if (number > 1 && entry.seconds != IndexEntrySeconds(header_, stored)) {
    Stray(Format("entry {} is {} s into the file, its record {} s", number, entry.seconds,
                 IndexEntrySeconds(header_, stored)));
  }
}

Status IndexCheck::Record(const Checked& checked) {
  const LogOffset at = checked.record.log_offset;
  wanted_.clear();
  ForEachIndexKey(checked.dispatch, [&](std::string_view key) {
    wanted_.push_back(IndexKeyHash(checked.dispatch.topic, key));
  });
  while (head_.has_value()) {
    const auto [entry, number] = *head_;
    if (entry.record > at) {
      // An entry that points too far would hide all that follow it.
      if (number + 1 >= header_.next_entry) break;
      TM_ASSIGN_OR_RETURN(const IndexEntry following, EntryAt(number + 1));
      if (following.record > at || following.record < log_min_) break;
      Stray(Format("entry {} points to log offset {}, the next one to {}", number,
                   ToInt(entry.record), ToInt(following.record)));
    } else if (entry.record == at) {
      const auto wanted = std::find(wanted_.begin(), wanted_.end(), entry.key_hash);
      if (wanted == wanted_.end()) {
        // RocketMQ adds the last record's keys a second time when it starts.
        bool again = false;
        ForEachIndexKey(checked.dispatch, [&](std::string_view key) {
          again |= IndexKeyHash(checked.dispatch.topic, key) == entry.key_hash;
        });
        if (!again) {
          Stray(
              Format("entry {} has the hash {}, which no key of the record at log offset {} "
                     "has",
                     number, entry.key_hash, ToInt(at)));
        }
      } else {
        wanted_.erase(wanted);
      }
      CheckPlace(checked);
    } else if (entry.record >= log_min_ && entry.record >= hole_end_) {
      Stray(Format("entry {} points to log offset {}, where no record starts", number,
                   ToInt(entry.record)));
    }
    TM_RETURN_IF_ERROR(Advance());
  }
  if (!wanted_.empty()) {
    if (lacking_ == 0) {
      findings_.Add({Finding::Kind::kNote, "index", -1,
                     Format("the index lacks keys, the first ones of the record at log offset "
                            "{}; repair --rebuild adds them",
                            ToInt(at))});
    }
    lacking_ += wanted_.size();
  }
  return {};
}

Status IndexCheck::Finish() {
  for (; head_.has_value();) {
    if (head_->entry.record >= log_end_) {
      ++behind_;
    } else if (head_->entry.record >= log_min_ && head_->entry.record >= hole_end_) {
      Stray(Format("entry {} points to log offset {}, where no record starts", head_->number,
                   ToInt(head_->entry.record)));
    }
    TM_RETURN_IF_ERROR(Advance());
  }
  if (behind_ > 0) {
    findings_.Add({Finding::Kind::kNote, "index", -1,
                   Format("{} entries point behind the log's end", behind_)});
  }
  if (lacking_ > 0) {
    findings_.Add(
        {Finding::Kind::kNote, "index", -1, Format("{} entries are lacking in all", lacking_)});
  }
  return {};
}

}  // namespace tidemark
