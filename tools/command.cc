// SPDX-License-Identifier: Apache-2.0
#include "tools/command.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "src/config/broker_conf.h"
#include "tools/json.h"
#include "tools/output.h"

namespace tidemark::tool {

Result<FileSizes> SizesOf(const CommonArguments& arguments) {
  if (arguments.config.empty()) return FileSizes();
  std::ifstream file(arguments.config, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    return Status(StatusCode::kNotFound, fmt::format("{}: cannot be read", arguments.config));
  }
  auto conf = BrokerConf::Parse(bytes);
  if (!conf.has_value()) return conf.error();
  // A broker would go on with its defaults; who names a file here means what it says.
  std::vector<std::string> warnings;
  const FileSizes sizes = FileSizesFrom(*conf, &warnings);
  if (warnings.empty()) return sizes;
  return Status(StatusCode::kInvalidArgument, fmt::format("{}: {}", arguments.config, warnings[0]));
}

Result<InspectOptions> LookOptions(const CommonArguments& arguments, ProgressBar& bar) {
  InspectOptions options;
  auto sizes = SizesOf(arguments);
  if (!sizes.has_value()) return sizes.error();
  options.sizes = *sizes;
  options.progress = [&bar](std::string_view step, std::int64_t done, std::int64_t total) {
    bar.Show(step, done, total);
  };
  return options;
}

Result<StoreOptions> OpenOptions(const CommonArguments& arguments) {
  StoreOptions options;
  auto sizes = SizesOf(arguments);
  if (!sizes.has_value()) return sizes.error();
  options.sizes = *sizes;
  options.retention.automatic = false;
  const char* const path = std::getenv("TIDEMARK_IO");
  if (path == nullptr || path == std::string_view("auto")) return options;
  if (path == std::string_view("io_uring")) {
    options.io_path = io::Path::kIoUring;
  } else if (path == std::string_view("pread")) {
    options.io_path = io::Path::kPread;
  } else {
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("TIDEMARK_IO is \"{}\"; it may be auto, io_uring or pread", path));
  }
  return options;
}

int Fail(const Status& status, const CommonArguments& arguments) {
  std::string text;
  if (arguments.json) {
    text = JsonLine("error")
               .Add("code", ToString(status.code()))
               .Add("message", status.message())
               .Line();
  } else {
    text = fmt::format("tidemark: {}\n", status.message());
  }
  std::fwrite(text.data(), 1, text.size(), stderr);
  return status.code() == StatusCode::kDataLoss ? kExitDamaged : kExitCannotLook;
}

}  // namespace tidemark::tool
