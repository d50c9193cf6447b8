// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "tidemark/store.h"
#include "tools/body.h"
#include "tools/command.h"
#include "tools/json.h"
#include "tools/message_text.h"
#include "tools/output.h"

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

std::string Encode(const nlohmann::ordered_json& properties) {
  std::string encoded;
  for (const auto& [name, value] : properties.items()) {
    encoded.append(name).append(1, '\x01').append(value.get<std::string>()).append(1, '\x02');
  }
  return encoded;
}

std::string Decoded(const nlohmann::ordered_json& text) {
  auto bytes = FromBase64(text.get_ref<const std::string&>());
  if (!bytes.has_value()) throw std::runtime_error("a member that is no base64");
  return *std::move(bytes);
}

/// Throws what nlohmann's reader throws, or std::runtime_error.
void Parse(const std::string& line, Imported& imported) {
  const auto json = nlohmann::ordered_json::parse(line);
  imported.topic = json.at("topic").get<std::string>();
  imported.body = json.contains("bodyBase64") ? Decoded(json.at("bodyBase64"))
                                              : json.value("body", std::string());
  imported.encoded_properties = json.contains("propertiesBase64")
                                    ? Decoded(json.at("propertiesBase64"))
                                : json.contains("properties") ? Encode(json.at("properties"))
                                                              : std::string();
  Message& message = imported.message;
  message = Message();
  message.topic = imported.topic;
  message.queue = json.value("queueId", 0);
  message.body = imported.body;
  message.encoded_properties = imported.encoded_properties;
  message.flag = json.value("flag", 0);
  message.sys_flag = json.value("sysFlag", 0);
  message.reconsume_times = json.value("reconsumeTimes", 0);
  message.prepared_transaction_offset =
      LogOffset{json.value("preparedTransactionOffset", std::int64_t{0})};
  if (json.contains("bornTimestamp")) {
    message.born_time =
        WallTime(std::chrono::milliseconds(json.at("bornTimestamp").get<std::int64_t>()));
  }
  if (json.contains("bornHost")) {
    message.born_host = ParseHost(json.at("bornHost").get<std::string>());
    if (!message.born_host.has_value()) throw std::runtime_error("bornHost is no address:port");
  }
}

/// Appends every line; `line` and `messages` count on. The store is not flushed.
Status ImportLines(std::istream& in, Store& store, std::int64_t& line, std::int64_t& messages) {
  Imported imported;
  for (std::string text; std::getline(in, text);) {
    ++line;
    if (text.empty()) continue;
    try {
      Parse(text, imported);
    } catch (const std::exception& error) {
      return Status(StatusCode::kInvalidArgument, error.what());
    }
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
  CLI::App& command = *store.add_subcommand(
      "import", "Append the messages that export printed, to a new store or an existing one");
  AddCommon(command, arguments->common);
  command.add_option("--file", arguments->file, "Lines of JSON; standard input if not given")
      ->type_name("FILE");
  command.footer(
      "Messages keep their queue, properties, flags, birth and body; they get new offsets and a "
      "new store time. A line may be left short: only topic is needed.");
  command.callback(
      [arguments, &chosen] { chosen = [arguments] { return RunImport(*arguments); }; });
}

}  // namespace tidemark::tool
