// SPDX-License-Identifier: Apache-2.0
#pragma once

// A record of the commit log. All integers are big-endian and signed. B and S are the lengths of
// the hosts (8 for IPv4, 20 for IPv6: address, then the port as i32), b, t and p those of body,
// topic and properties; T is 1 in version 1 and 2 in version 2.
//
//       0  i32  total size                       48        B    born host
//       4  i32  magic                            48+B      i64  store time, ms
//       8  i32  body CRC                         56+B      S    store host
//      12  i32  queue                            56+B+S    i32  reconsume times
//      16  i32  flag                             60+B+S    i64  prepared transaction offset
//      20  i64  queue offset                     68+B+S    i32  b
//      28  i64  log offset                       72+B+S    b    body
//      36  i32  sys flag                         72+B+S+b  T    t, and t bytes of topic
//      40  i64  born time, ms                    ...       i16  p, and p bytes of properties
//
// No padding, within a record or between two. The rest of a segment into which the next record does
// not fit begins with a blank header: i32 bytes that remain, i32 kBlankMagic.

#include <cstddef>
#include <cstdint>

namespace tidemark {

inline constexpr std::int32_t kRecordMagicV1 = -626843481;  ///< 0xDAA320A7
inline constexpr std::int32_t kRecordMagicV2 = -626843477;  ///< 0xDAA320AB, topics above 127 bytes.
inline constexpr std::int32_t kBlankMagic = -875286124;     ///< 0xCBD43194

/// Of a filler; so many bytes at a segment's end are never part of a record.
inline constexpr std::int32_t kBlankHeaderBytes = 8;

inline constexpr std::size_t kRecordSizeAt = 0;
inline constexpr std::size_t kRecordMagicAt = 4;
inline constexpr std::size_t kRecordBodyCrcAt = 8;
inline constexpr std::size_t kRecordQueueAt = 12;
inline constexpr std::size_t kRecordFlagAt = 16;
inline constexpr std::size_t kRecordQueueOffsetAt = 20;
inline constexpr std::size_t kRecordLogOffsetAt = 28;
inline constexpr std::size_t kRecordSysFlagAt = 36;
inline constexpr std::size_t kRecordBornTimeAt = 40;
inline constexpr std::size_t kRecordBornHostAt = 48;

inline constexpr std::int32_t kHostBytesV4 = 8;
inline constexpr std::int32_t kHostBytesV6 = 20;

/// A record without topic, body and properties, between IPv4 hosts.
inline constexpr std::int32_t kRecordBytesMin = 91;

/// Longest topic that version 1 can tell the length of, and longest of all.
inline constexpr std::size_t kTopicBytesMaxV1 = 127;
inline constexpr std::size_t kTopicBytesMax = 255;
inline constexpr std::int32_t kPropertiesBytesMax = 32767;

}  // namespace tidemark
