// SPDX-License-Identifier: Apache-2.0
#include "src/server/nameserver/registration.h"

#include <limits>

#include "src/base/crc32.h"
#include "src/base/java_text.h"
#include "src/server/nameserver/inflate.h"
#include "src/server/remoting/body_json.h"
#include "src/server/remoting/byte_cursor.h"

namespace tidemark::nameserver {
namespace {

using remoting::ByteCursor;
using remoting::ParseBody;

constexpr std::byte kZlibStart{0x78};

Status ReadMapping(const Json& mapping, Registration* registration) {
  std::string topic;
  TM_RETURN_IF_ERROR(ReadField(mapping, "topic", &topic));
  registration->mappings.emplace_back(std::move(topic), mapping);
  return {};
}

/// The member `topicConfigTable` and its kin.
Status ReadWrapper(const Json& wrapper, Registration* registration) {
  TM_ASSIGN_OR_RETURN(registration->version, ReadDataVersion(wrapper));
  TM_ASSIGN_OR_RETURN(const Json* const topics, ReadObject(wrapper, "topicConfigTable"));
  if (topics != nullptr) {
    for (const Json::Member& member : *topics->members()) {
      auto topic = ReadTopicConfig(member.value);
      if (!topic.has_value()) return Prefix(Format("topic \"{}\"", member.name), topic.error());
      topic->name = member.name;
      registration->topics.push_back(*std::move(topic));
    }
  }
  TM_ASSIGN_OR_RETURN(const Json* const mappings, ReadObject(wrapper, "topicQueueMappingInfoMap"));
  if (mappings == nullptr) return {};
  for (const Json::Member& member : *mappings->members()) {
    TM_RETURN_IF_ERROR(ReadMapping(member.value, registration));
  }
  return {};
}

Result<Registration> DecodePlain(std::string_view text) {
  TM_ASSIGN_OR_RETURN(const Json body, ParseBody(text));
  Registration registration;
  TM_ASSIGN_OR_RETURN(const Json* const wrapper, ReadObject(body, "topicConfigSerializeWrapper"));
  if (wrapper != nullptr) TM_RETURN_IF_ERROR(ReadWrapper(*wrapper, &registration));
  TM_ASSIGN_OR_RETURN(const Json::Elements* const servers,
                      remoting::ReadArray(body, "filterServerList"));
  if (servers == nullptr) return registration;
  registration.filter_servers.emplace();
  TM_RETURN_IF_ERROR(remoting::ReadTexts(body, "filterServerList", &*registration.filter_servers));
  return registration;
}

Result<std::int32_t> ReadNumber(std::string_view word) {
  const auto number = JavaParseLong(word, std::numeric_limits<std::int32_t>::min(),
                                    std::numeric_limits<std::int32_t>::max());
  if (!number.has_value()) return InvalidArgument("\"{}\" is no number", word);
  return static_cast<std::int32_t>(*number);
}

/// "name read write perm filter attributes"
Result<TopicConfig> DecodeTopicText(std::string_view text) {
  const auto words = JavaSplit(text, ' ');
  if (words.size() < 5) return InvalidArgument("a topic of {} words", words.size());
  TopicConfig topic;
  topic.name = words[0];
  TM_ASSIGN_OR_RETURN(topic.read_queues, ReadNumber(words[1]));
  TM_ASSIGN_OR_RETURN(topic.write_queues, ReadNumber(words[2]));
  TM_ASSIGN_OR_RETURN(topic.perm, ReadNumber(words[3]));
  topic.filter_type = words[4];
  return topic;
}

Result<Registration> DecodeCompressed(Bytes stream, std::int32_t version) {
  TM_ASSIGN_OR_RETURN(const std::string content, Inflate(stream));
  ByteCursor cursor((Bytes(content)));
  Registration registration;
  TM_ASSIGN_OR_RETURN(const Bytes version_text, cursor.Counted<std::int32_t>());
  TM_ASSIGN_OR_RETURN(const Json version_json, ParseBody(version_text.text()));
  TM_ASSIGN_OR_RETURN(registration.version, DataVersionFromJson(version_json));
  TM_ASSIGN_OR_RETURN(const auto topics, cursor.Integer<std::int32_t>());
  for (std::int32_t i = 0; i < topics; ++i) {
    TM_ASSIGN_OR_RETURN(const Bytes text, cursor.Counted<std::int32_t>());
    TM_ASSIGN_OR_RETURN(TopicConfig topic, DecodeTopicText(text.text()));
    registration.topics.push_back(std::move(topic));
  }
  TM_ASSIGN_OR_RETURN(const Bytes servers_text, cursor.Counted<std::int32_t>());
  TM_ASSIGN_OR_RETURN(const Json servers,
                      ParseBody(Format("{{\"list\":{}}}", servers_text.text())));
  registration.filter_servers.emplace();
  TM_RETURN_IF_ERROR(remoting::ReadTexts(servers, "list", &*registration.filter_servers));
  if (version < remoting::kVersion5_0_0) return registration;
  TM_ASSIGN_OR_RETURN(const auto mappings, cursor.Integer<std::int32_t>());
  for (std::int32_t i = 0; i < mappings; ++i) {
    TM_ASSIGN_OR_RETURN(const Bytes text, cursor.Counted<std::int32_t>());
    TM_ASSIGN_OR_RETURN(const Json mapping, ParseBody(text.text()));
    TM_RETURN_IF_ERROR(ReadMapping(mapping, &registration));
  }
  return registration;
}

}  // namespace

Result<Registration> DecodeRegistration(const remoting::RegisterBrokerRequest& header,
                                        const remoting::Command& request) {
  const Bytes body = request.body.bytes();
  if (header.body_crc != 0 && RocketCrc32(body) != static_cast<std::uint32_t>(header.body_crc)) {
    return DataLoss("crc32 not match");
  }
  if (body.empty()) return Registration();
  if (request.version < remoting::kVersion3_0_11) {
    TM_ASSIGN_OR_RETURN(const Json wrapper, ParseBody(body.text()));
    Registration registration;
    TM_RETURN_IF_ERROR(ReadWrapper(wrapper, &registration));
    return registration;
  }
  if (header.compressed || *body.data() == kZlibStart) {
    return DecodeCompressed(body, request.version);
  }
  return DecodePlain(body.text());
}

}  // namespace tidemark::nameserver
