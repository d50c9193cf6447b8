// SPDX-License-Identifier: Apache-2.0
#include "src/recovery/batch_topics.h"

#include "src/config/config_file.h"
#include "src/config/topics.h"

namespace tidemark {

Status FindBatchTopics(io::FileSystem& files, const std::filesystem::path& root,
                       std::set<std::string, std::less<>>& topics) {
  ConfigFile file(files, root, "topics.json");
  const auto loaded = file.Load([&](std::string_view content) -> Status {
    TM_ASSIGN_OR_RETURN(const TopicTable table, TopicTable::Parse(content));
    table.topics().ForEach([&](const std::string& topic, const TopicConfig& config) {
      for (const auto& [name, value] : config.attributes) {
        if (name == "queue.type" && value == "BatchCQ") topics.insert(topic);
      }
    });
    return {};
  });
  return loaded.error();
}

}  // namespace tidemark
