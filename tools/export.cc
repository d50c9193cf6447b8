// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>

#include "tools/body.h"
#include "tools/command.h"
#include "tools/json.h"
#include "tools/message_text.h"
#include "tools/output.h"
#include "tools/verb.h"

// One line of JSON for each message, in log order, all that `import` needs to append it again. What
// is no plain text is in base64: members `bodyBase64` and `propertiesBase64` (RocketMQ's encoding)
// then stand for `body` and `properties`.

namespace tidemark::tool {
namespace {

struct Arguments {
  CommonArguments common;
  std::optional<std::string> topic;
  std::optional<std::int64_t> queue;
};

/// Printable ASCII, tabs and line ends: the same bytes after JSON.
bool IsPlainText(std::string_view text) {
  for (const char c : text) {
    if ((c < 0x20 || c > 0x7E) && c != '\n' && c != '\t' && c != '\r') return false;
  }
  return true;
}

/// The object of properties says all that the encoding does.
bool PropertiesAreFaithful(const MessageView& message) {
  std::string encoded;
  for (const Property& property : message.properties()) {
    if (!IsPlainText(property.name) || !IsPlainText(property.value)) return false;
    encoded.append(property.name).append(1, '\x01').append(property.value).append(1, '\x02');
  }
  return encoded == message.encoded_properties();
}

std::string ExportLine(const MessageView& message) {
  JsonLine line("message");
  line.Add("topic", message.topic())
      .Add("queueId", message.queue())
      .Add("queueOffset", ToInt(message.queue_offset()))
      .Add("offset", ToInt(message.log_offset()))
      .Add("flag", message.flag())
      .Add("sysFlag", message.sys_flag())
      .Add("bornTimestamp", message.born_time().time_since_epoch().count())
      .Add("bornHost", HostText(message.born_host()))
      .Add("storeTimestamp", message.store_time().time_since_epoch().count())
      .Add("storeHost", HostText(message.store_host()))
      .Add("reconsumeTimes", message.reconsume_times())
      .Add("preparedTransactionOffset", ToInt(message.prepared_transaction_offset()));
  line.AddRaw("properties", PropertiesJson(message));
  if (!PropertiesAreFaithful(message)) {
    line.Add("propertiesBase64", Base64(Bytes(message.encoded_properties())));
  }
  if (IsPlainText(message.body().text())) {
    line.Add("body", message.body().text());
  } else {
    line.Add("bodyBase64", Base64(message.body()));
  }
  return line.Line();
}

int RunExport(const Arguments& arguments) {
  ProgressBar bar(ProgressBar::Beside::kLongOutput);
  auto options = LookOptions(arguments.common, bar);
  if (!options.has_value()) return Fail(options.error(), arguments.common);
  auto store = Inspection::Open(arguments.common.directory, *options);
  if (!store.has_value()) return Fail(store.error(), arguments.common);
  Output out;
  Status status = (*store)->VisitLog([&](const LogStretch& stretch) {
    if (stretch.kind != LogStretch::Kind::kRecord) return Status();
    const MessageView& message = stretch.message;
    if (arguments.topic.has_value() && *arguments.topic != message.topic()) return Status();
    if (arguments.queue.has_value() && *arguments.queue != message.queue()) return Status();
    return out.Print(ExportLine(message));
  });
  if (status.ok()) status = out.Flush();
  const std::string& damage = (*store)->summary().recovery.damage;
  if (status.ok() && !damage.empty()) status = Status(StatusCode::kDataLoss, damage);
  return status.ok() ? kExitOk : Fail(status, arguments.common);
}

}  // namespace

void AddExport(CLI::App& store, Chosen& chosen) {
  auto arguments = std::make_shared<Arguments>();
  Verb verb(store, "export",
            "Print every message as a line of JSON that import takes; writes nothing",
            arguments->common);
  verb.Text("--topic", "TOPIC", arguments->topic, "Only this topic");
  verb.Number("--queue", "N", arguments->queue, {.min = 0}, "Only queues of this number");
  verb.Footer(
      "In a damaged log the whole messages behind the damage are exported as well, and the exit "
      "code is 1.");
  verb.Runs(chosen, [arguments] { return RunExport(*arguments); });
}

}  // namespace tidemark::tool
