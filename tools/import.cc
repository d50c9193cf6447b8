// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>

#include "src/config/java_json.h"
#include "tidemark/store.h"
#include "tools/body.h"
#include "tools/command.h"
#include "tools/json.h"
#include "tools/message_text.h"
#include "tools/output.h"
#include "tools/verb.h"

namespace tidemark::tool {
namespace {

struct Arguments {
  CommonArguments common;
  std::string file;
};

/// A message with everything it borrows.
struct Imported {
  std::string topic;
  std::string encoded_properties;
  std::string body;
  Message message;
};

Status Refuse(std::string why) {
  return Status(StatusCode::kInvalidArgument, std::move(why));
}

Status TakeText(const Json& line, std::string_view name, std::string& out) {
  const Json* const member = line.Find(name);
  if (member == nullptr) return {};
  if (member->text() == nullptr) return Refuse(fmt::format("{} is no text", name));
  out = *member->text();
  return {};
}

/// Out of base64, if the member is there.
Status TakeBytes(const Json& line, std::string_view name, std::string& out) {
  if (line.Find(name) == nullptr) return {};
  std::string text;
  if (Status taken = TakeText(line, name, text); !taken.ok()) return taken;
  auto bytes = FromBase64(text);
  if (!bytes.has_value()) return Refuse(fmt::format("{} is no base64", name));
  out = *std::move(bytes);
  return {};
}

template <typename T>
Status TakeNumber(const Json& line, std::string_view name, T& out) {
  const Json* const member = line.Find(name);
  if (member == nullptr) return {};
  const std::optional<std::int64_t> number = member->integer();
  if (!number.has_value() || *number < std::numeric_limits<T>::min() ||
      *number > std::numeric_limits<T>::max()) {
    return Refuse(fmt::format("{} is no number that fits", name));
  }
  out = static_cast<T>(*number);
  return {};
}

Status TakeProperties(const Json& line, std::string& encoded) {
  if (line.Find("propertiesBase64") != nullptr) {
    return TakeBytes(line, "propertiesBase64", encoded);
  }
  const Json* const properties = line.Find("properties");
  if (properties == nullptr) return {};
  if (properties->members() == nullptr) return Refuse("properties is no object");
  for (const Json::Member& property : *properties->members()) {
    if (property.value.text() == nullptr) return Refuse("a property that is no text");
    encoded.append(property.name).append(1, '\x01');
    encoded.append(*property.value.text()).append(1, '\x02');
  }
  return {};
}

Status TakeBirth(const Json& line, Message& message) {
  if (line.Find("bornTimestamp") != nullptr) {
    std::int64_t milliseconds = 0;
    if (Status taken = TakeNumber(line, "bornTimestamp", milliseconds); !taken.ok()) return taken;
    message.born_time = WallTime(std::chrono::milliseconds(milliseconds));
  }
  std::string host;
  if (Status taken = TakeText(line, "bornHost", host); !taken.ok()) return taken;
  if (!host.empty()) {
    message.born_host = ParseHost(host);
    if (!message.born_host.has_value()) return Refuse("bornHost is no address:port");
  }
  return {};
}

Status Parse(const std::string& text, Imported& imported) {
  const auto line = ParseJavaJson(text);
  if (!line.has_value()) return line.error();
  if (!line->is_object() || line->Find("topic") == nullptr) return Refuse("no object with a topic");
  imported = Imported();
  Message& message = imported.message;
  std::int64_t prepared = 0;
  for (const Status& taken :
       {TakeText(*line, "topic", imported.topic), TakeText(*line, "body", imported.body),
        TakeBytes(*line, "bodyBase64", imported.body),
        TakeProperties(*line, imported.encoded_properties),
        TakeNumber(*line, "queueId", message.queue), TakeNumber(*line, "flag", message.flag),
        TakeNumber(*line, "sysFlag", message.sys_flag),
        TakeNumber(*line, "reconsumeTimes", message.reconsume_times),
        TakeNumber(*line, "preparedTransactionOffset", prepared), TakeBirth(*line, message)}) {
    if (!taken.ok()) return taken;
  }
  message.topic = imported.topic;
  message.body = imported.body;
  message.encoded_properties = imported.encoded_properties;
  message.prepared_transaction_offset = LogOffset{prepared};
  return {};
}

/// Appends every line; `line` and `messages` count on. The store is not flushed.
Status ImportLines(std::istream& in, Store& store, std::int64_t& line, std::int64_t& messages) {
  Imported imported;
  for (std::string text; std::getline(in, text);) {
    ++line;
    if (text.empty()) continue;
    if (Status parsed = Parse(text, imported); !parsed.ok()) return parsed;
    if (auto at = store.Append(imported.message, Durability::kMemory); !at.has_value()) {
      return at.error();
    }
    ++messages;
  }
  if (in.bad()) return Status(StatusCode::kDataLoss, "reading failed");
  return {};
}

int RunImport(const Arguments& arguments) {
  std::ifstream file;
  const bool standard_input = arguments.file.empty() || arguments.file == "-";
  if (!standard_input) {
    file.open(arguments.file);
    if (!file) {
      return Fail(Status(StatusCode::kNotFound, arguments.file + ": cannot be read"),
                  arguments.common);
    }
  }
  auto options = OpenOptions(arguments.common);
  if (!options.has_value()) return Fail(options.error(), arguments.common);
  auto store = Store::Open(arguments.common.directory, *options);
  if (!store.has_value()) return Fail(store.error(), arguments.common);
  std::int64_t line = 0;
  std::int64_t messages = 0;
  const Status imported = ImportLines(standard_input ? std::cin : file, **store, line, messages);
  Status closed = (*store)->Close();
  Output out;
  if (closed.ok()) {
    closed = out.Print(arguments.common.json ? JsonLine("imported").Add("messages", messages).Line()
                                             : fmt::format("{} messages imported\n", messages));
  }
  if (closed.ok()) closed = out.Flush();
  if (!imported.ok()) {
    Fail(Status(imported.code(), fmt::format("line {}: {}; the lines before it were imported", line,
                                             imported.message())),
         arguments.common);
    return kExitDamaged;
  }
  return closed.ok() ? kExitOk : Fail(closed, arguments.common);
}

}  // namespace

void AddImport(CLI::App& store, Chosen& chosen) {
  auto arguments = std::make_shared<Arguments>();
  Verb verb(store, "import",
            "Append the messages that export printed, to a new store or an existing one",
            arguments->common);
  verb.Text("--file", "FILE", arguments->file, "Lines of JSON; standard input if not given");
  verb.Footer(
      "Messages keep their queue, properties, flags, birth and body; they get new offsets and a "
      "new store time. A line may be left short: only topic is needed.");
  verb.Runs(chosen, [arguments] { return RunImport(*arguments); });
}

}  // namespace tidemark::tool
