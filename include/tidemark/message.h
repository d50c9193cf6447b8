// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/export.h"
#include "tidemark/types.h"

namespace tidemark {

/// One property of a message. Neither part may hold the bytes 0x01 or 0x02, nor 512 zero bytes in a
/// row; empty values are not stored (RocketMQ's readers would drop them).
struct Property {
  std::string_view name;
  std::string_view value;
};

/// Bits of `sys_flag`, as records and RocketMQ's clients have them.
inline constexpr std::int32_t kSysFlagCompressed = 0x001;
inline constexpr std::int32_t kSysFlagMultiTags = 0x002;
inline constexpr std::int32_t kSysFlagTransactionMask = 0x00C;
inline constexpr std::int32_t kSysFlagTransactionPrepared = 0x004;
inline constexpr std::int32_t kSysFlagTransactionCommit = 0x008;
inline constexpr std::int32_t kSysFlagTransactionRollback = 0x00C;
inline constexpr std::int32_t kSysFlagBornHostV6 = 0x010;
inline constexpr std::int32_t kSysFlagStoreHostV6 = 0x020;
inline constexpr std::int32_t kSysFlagNeedUnwrap = 0x040;
inline constexpr std::int32_t kSysFlagInnerBatch = 0x080;

/// The highest number of a queue that is appended to.
inline constexpr std::int32_t kQueueMax = 65'535;

/// A message to append. Borrows everything for the call only (AppendAsync included: it copies), so
/// nothing in it may be a temporary that ends before the call.
struct Message {
  std::string_view topic = {};       ///< 1..127 bytes (255 for %RETRY% topics) of [A-Za-z0-9_%|-].
  std::int32_t queue = 0;            ///< 0 .. kQueueMax.
  std::string_view tags = {};        ///< Property TAGS, what tag filters look at.
  std::string_view keys = {};        ///< Property KEYS: look-up keys, separated by single spaces.
  std::string_view unique_key = {};  ///< Property UNIQ_KEY: the producer's id of the message.
  std::span<const Property> properties = {};  ///< Further ones, in this order.
  std::string_view encoded_properties = {};   ///< Further ones, in RocketMQ's encoding already.
  Bytes body = {};                            ///< Stored as given, at most `message_bytes_max`.
  std::int32_t flag = 0;                      ///< The application's own.
  std::int32_t sys_flag = 0;  ///< The IPv6 bits are set from the hosts, never from here.
  std::int32_t reconsume_times = 0;
  LogOffset prepared_transaction_offset{0};
  std::optional<WallTime> born_time = {};     ///< Default: the time of the append.
  std::optional<HostAddress> born_host = {};  ///< Default: `StoreOptions::store_host`.
};

/// Where an appended message lies.
struct AppendResult {
  LogOffset log_offset{};
  QueueOffset queue_offset{};
  std::int32_t record_bytes = 0;
  WallTime store_time{};
};

/// A message in the store, seen in place. Valid while the MessageBatch it came from lives; copying
/// the view copies no bytes. Thread-compatible.
class TIDEMARK_API MessageView {
 public:
  std::string_view topic() const { return topic_; }
  std::int32_t queue() const { return queue_; }
  QueueOffset queue_offset() const { return queue_offset_; }
  LogOffset log_offset() const { return log_offset_; }
  Bytes body() const { return body_; }  ///< As stored, possibly compressed: see sys_flag().
  std::int32_t flag() const { return flag_; }
  std::int32_t sys_flag() const { return sys_flag_; }
  WallTime born_time() const { return born_time_; }
  WallTime store_time() const { return store_time_; }
  HostAddress born_host() const { return born_host_; }
  HostAddress store_host() const { return store_host_; }
  std::int32_t reconsume_times() const { return reconsume_times_; }
  LogOffset prepared_transaction_offset() const { return prepared_transaction_offset_; }
  std::uint32_t body_crc() const { return body_crc_; }

  /// Empty when the message has none.
  std::string_view tags() const { return property("TAGS").value_or(std::string_view()); }
  std::string_view keys() const { return property("KEYS").value_or(std::string_view()); }
  std::string_view unique_key() const { return property("UNIQ_KEY").value_or(std::string_view()); }

  /// The property's value; of several with one name the last, as Java reads them.
  std::optional<std::string_view> property(std::string_view name) const;
  /// All properties in stored order, without those a later one of the same name replaces.
  std::vector<Property> properties() const;
  /// RocketMQ's encoding of all properties: name 0x01 value 0x02 ...
  std::string_view encoded_properties() const { return encoded_properties_; }

  /// The whole record in RocketMQ's bytes.
  Bytes record() const { return record_; }
  /// RocketMQ's offsetMsgId: store host, port and log offset in upper-case hex.
  std::string offset_message_id() const;

 private:
  friend class MessageViewBuilder;
  Bytes record_;
  Bytes body_;
  std::string_view topic_;
  std::string_view encoded_properties_;
  LogOffset log_offset_{};
  QueueOffset queue_offset_{};
  LogOffset prepared_transaction_offset_{};
  WallTime born_time_{};
  WallTime store_time_{};
  HostAddress born_host_;
  HostAddress store_host_;
  std::int32_t queue_ = 0;
  std::int32_t flag_ = 0;
  std::int32_t sys_flag_ = 0;
  std::int32_t reconsume_times_ = 0;
  std::uint32_t body_crc_ = 0;
};

/// Messages pinned in memory: their bytes stay valid and unchanged until the batch is destroyed,
/// whatever retention deletes meanwhile. It must not outlive the Store (one that is destroyed with
/// batches alive ends the process and says so), nor its views it. Movable, not copyable.
/// Thread-compatible.
class TIDEMARK_API MessageBatch {
 public:
  MessageBatch();
  MessageBatch(MessageBatch&&) noexcept;
  MessageBatch& operator=(MessageBatch&&) noexcept;
  ~MessageBatch();

  auto begin() const { return messages_.begin(); }
  auto end() const { return messages_.end(); }
  bool empty() const { return messages_.empty(); }
  std::size_t size() const { return messages_.size(); }
  const MessageView& operator[](std::size_t i) const { return messages_[i]; }

  /// Where to read on: behind the last message looked at, taken or not.
  QueueOffset next_offset() const { return next_offset_; }
  /// The queue's bounds when the batch was read: messages lie in [min, max).
  QueueOffset min_offset() const { return min_offset_; }
  QueueOffset max_offset() const { return max_offset_; }

 private:
  friend class MessageBatchBuilder;
  struct Pins;  ///< Keeps the memory that the views point into.
  std::vector<MessageView> messages_;
  QueueOffset next_offset_{};
  QueueOffset min_offset_{};
  QueueOffset max_offset_{};
  std::unique_ptr<Pins> pins_;
};

}  // namespace tidemark
