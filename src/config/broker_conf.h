// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "tidemark/options.h"

namespace tidemark {

/// A broker's configuration file: what java.util.Properties makes of it. Thread-compatible.
class BrokerConf {
 public:
  struct Entry {
    std::string key;
    std::string value;  ///< Blanks at its end belong to it.
    int line = 0;       ///< Where the entry begins, from 1.
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  /// `bytes` are ISO-8859-1; keys and values become UTF-8.
  /// Errors: kInvalidArgument (\u without four hex digits, at which a broker does not start).
  static Result<BrokerConf> Parse(std::string_view bytes);

  /// In the file's order; a key may stand there twice, the last one counts.
  const std::vector<Entry>& entries() const { return entries_; }
  const Entry* Find(std::string_view key) const;

  /// As RocketMQ's setters take them. None: the key is not there or its value is no such thing, so
  /// that RocketMQ keeps its default.
  std::optional<std::string> Text(std::string_view key) const;  ///< Trimmed.
  std::optional<std::int32_t> Integer(std::string_view key) const;
  /// Everything but "true", in any case, is false.
  std::optional<bool> Boolean(std::string_view key) const;

 private:
  std::vector<Entry> entries_;
};

/// The sizes that the file sets. `warnings` gets a sentence for what RocketMQ 5.3.3 ignores: values
/// it cannot read, and the old spelling with one "p".
FileSizes FileSizesFrom(const BrokerConf& conf, std::vector<std::string>* warnings);

/// Whether the file turns light queues (LMQ) on, for which RocketMQ has two keys: enableLmq writes
/// offsets, enableMultiDispatch builds the queues. `warnings` gets a sentence when only one is on,
/// which counts as off.
bool LightQueuesFrom(const BrokerConf& conf, std::vector<std::string>* warnings);

/// Where the file puts the store; none where it does not say.
struct StorePaths {
  std::optional<std::string> root;        ///< storePathRootDir
  std::optional<std::string> commit_log;  ///< storePathCommitLog; `<root>/commitlog` otherwise
};
/// `warnings` gets a sentence for each path key that RocketMQ 5.3.3 ignores.
StorePaths StorePathsFrom(const BrokerConf& conf, std::vector<std::string>* warnings);

/// What the file turns on and Tidemark would damage or misread, one sentence each that begins with
/// the key; empty: the store may be opened.
std::vector<std::string> RefusedFeatures(const BrokerConf& conf);

}  // namespace tidemark
