// SPDX-License-Identifier: Apache-2.0
// The questions that a stock NameServer of 5.3.3 was asked (record_answers.py), asked again.
#include <algorithm>
#include <map>

#include "src/server/nameserver/name_server.h"
#include "tests/server/remoting/wire_data.h"
#include "tests/simulation/virtual_clock.h"

namespace tidemark::nameserver {
namespace {

using remoting::Command;
using remoting::ConnectionId;
using remoting::FromHex;
using remoting::TextOf;
using simulation::VirtualClock;

/// What we answer otherwise, and with which code: a missing parameter is an error of the caller,
/// and a body that does not parse is described in words of our own.
const std::map<std::string, int, std::less<>> kOtherwise = {
    {"route without a topic", 1},
    {"wipe without a name", 1},
    {"get nothing", 1},
    {"register with a body that is no JSON", 1},
};

/// Java's hash tables have an order of their own, ours the alphabet's.
Json Sorted(const Json& value) {
  if (const Json::Members* members = value.members(); members != nullptr) {
    Json object = Json::Object();
    for (const Json::Member& member : *members) {
      object.members()->push_back({member.name, member.quoted, Sorted(member.value)});
    }
    std::sort(object.members()->begin(), object.members()->end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return object;
  }
  if (value.elements() == nullptr) return value;
  Json array = value;
  for (Json& element : *array.elements()) element = Sorted(element);
  std::sort(array.elements()->begin(), array.elements()->end(),
            [](const Json& a, const Json& b) { return WriteCompactJson(a) < WriteCompactJson(b); });
  return array;
}

std::string SortedText(std::string_view json) {
  return json.empty() ? "" : WriteCompactJson(Sorted(REQUIRE_VALUE(ParseJavaJson(json))));
}

void CheckBody(std::string_view ours, std::string_view java) {
  if (ours == java) return;
  CHECK(ours.size() == java.size());
  CHECK(SortedText(ours) == SortedText(java));
}

/// The system's topic list names any broker that lives.
void DropBrokerAddress(Json* list) {
  std::erase_if(*list->members(), [](const auto& member) { return member.name == "brokerAddr"; });
}

void CheckAnswer(const std::string& about, const Command& ours, const std::string& java_bytes) {
  const Command java = remoting::Decoded(java_bytes);
  if (const auto otherwise = kOtherwise.find(about); otherwise != kOtherwise.end()) {
    CHECK(ours.code == otherwise->second);
    CHECK_FALSE(ours.remark.value_or("").empty());
    return;
  }
  const auto head = [](const Command& command) {
    const auto bytes = REQUIRE_VALUE(EncodeHead(command, 0));
    return std::string(Bytes(bytes).text());
  };
  CHECK(head(ours) == head(java));
  if (about != "system topics") return CheckBody(ours.body.text(), java.body.text());
  Json our_list = REQUIRE_VALUE(ParseJavaJson(ours.body.text()));
  Json java_list = REQUIRE_VALUE(ParseJavaJson(java.body.text()));
  DropBrokerAddress(&our_list);
  DropBrokerAddress(&java_list);
  CHECK(WriteCompactJson(Sorted(our_list)) == WriteCompactJson(Sorted(java_list)));
}

class Replay {
 public:
  void Line(const Json& line) {
    if (const Json* close = line.Find("close"); close != nullptr) {
      server_.OnConnectionClosed(Connection(*close->text()));
      connections_.erase(*close->text());
    } else if (const Json* wait = line.Find("wait"); wait != nullptr) {
      clock_.Advance(std::chrono::seconds(*wait->integer()));
      server_.ForgetExpired();
    } else {
      Ask(line);
    }
  }

 private:
  void Ask(const Json& line) {
    const std::string about = TextOf(line, "about");
    INFO(about);
    const auto answer = server_.Handle(remoting::Decoded(FromHex(TextOf(line, "request"))),
                                       Connection(TextOf(line, "on")));
    REQUIRE(answer.has_value() == !line.Find("answer")->is_null());
    if (answer.has_value()) CheckAnswer(about, *answer, FromHex(TextOf(line, "answer")));
  }

  ConnectionId Connection(const std::string& name) {
    const auto [place, fresh] = connections_.try_emplace(name, ConnectionId{next_});
    next_ += fresh ? 1 : 0;
    return place->second;
  }

  VirtualClock clock_{std::chrono::hours(1), std::chrono::hours(1), std::chrono::nanoseconds(0)};
  NameServer server_{NameServerOptions(), clock_};
  std::map<std::string, ConnectionId> connections_;
  std::uint64_t next_ = 1;
};

TEST_CASE("answers are those of a stock NameServer", "[nameserver]") {
  std::ifstream in(std::string(TM_TEST_DATA) + "/answers.jsonl");
  REQUIRE(in.good());
  Replay replay;
  int lines = 0;
  for (std::string line; std::getline(in, line); ++lines) {
    replay.Line(REQUIRE_VALUE(ParseJavaJson(line)));
  }
  CHECK(lines > 120);
}

}  // namespace
}  // namespace tidemark::nameserver
