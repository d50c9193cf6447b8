// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "benchmarks/messages.h"
#include "benchmarks/row.h"
#include "tidemark/store.h"

namespace tidemark::bench {

/// Options with the defaults of a service, but retention by age.
StoreOptions DefaultOptions(const Scale& scale);

/// Options under which a burst stays in memory: nothing is written, synced or brought up while it
/// lasts, only between two bursts.
StoreOptions BurstOptions(const Scale& scale);

/// Appends messages 0..count-1 to memory.
Status Fill(Store& store, const Messages& messages, std::uint64_t count);

/// A leg on a store of its own.
class StoreLeg : public Leg {
 public:
  StoreLeg(const Scale& scale, StoreOptions options)
      : scale_(scale), options_(std::move(options)) {}

  Status SetUp(const std::filesystem::path& directory) override;
  Status TearDown() override;
  std::string Note() const override { return note_; }

 protected:
  Status Open();
  Status Close();
  Store& store() { return *store_; }
  const Scale& scale() const { return scale_; }
  const StoreOptions& options() const { return options_; }
  const std::filesystem::path& directory() const { return directory_; }

 private:
  const Scale scale_;
  const StoreOptions options_;
  std::filesystem::path directory_;
  std::unique_ptr<Store> store_;
  std::string note_;
};

/// That our records and those that limit legs write are the same bytes. Errors: kDataLoss.
Status CheckEncoding(const std::filesystem::path& directory);

}  // namespace tidemark::bench
