// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/base/status.h"

namespace tidemark {

/// A value of RocketMQ's JSON: what the standard knows, and maps whose integer keys stand without
/// quotes ({0:12,1:34}). Members keep their order, numbers their digits, arrays their layout, so
/// that a file which is read and written again is the same. Thread-compatible.
class Json {
 public:
  struct Member;
  using Members = std::vector<Member>;
  using Elements = std::vector<Json>;

  /// How an array is written: Java's lists have a line for each element, its sets and arrays one.
  enum class Layout : std::uint8_t { kOneLine, kLines };

  /// null
  Json();
  static Json Boolean(bool value);
  static Json Integer(std::int64_t value);
  /// `digits` is a number of standard JSON.
  static Json Number(std::string digits);
  static Json Text(std::string utf8);
  static Json Object();
  static Json Array(Layout layout);

  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(const Json&);
  Json& operator=(Json&&) noexcept;
  ~Json();

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_object() const { return std::holds_alternative<Members>(value_); }
  /// None or null where the value is of another kind. As fastjson does, integers and booleans are
  /// also taken from a text that holds nothing else.
  std::optional<bool> boolean() const;
  std::optional<std::int64_t> integer() const;
  /// The digits of a number.
  const std::string* number() const;
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  const Members* members() const { return std::get_if<Members>(&value_); }
  Members* members() { return std::get_if<Members>(&value_); }
  const Elements* elements() const;
  Elements* elements();
  Layout layout() const;

  /// The member of an object; of several with one name the last. Null: none, or no object.
  const Json* Find(std::string_view name) const;
  /// Replaces the member of an object, or adds it where the alphabet wants it, as fastjson orders
  /// the members of a bean.
  void Set(std::string_view name, Json value);
  /// Adds a member at the end of an object.
  void Append(std::string name, Json value);
  /// Adds a member whose key stands without quotes.
  void AppendInteger(std::int64_t key, Json value);

  friend bool operator==(const Json& a, const Json& b);

 private:
  struct Digits {
    std::string text;
    friend bool operator==(const Digits&, const Digits&) = default;
  };
  struct List {
    Layout layout = Layout::kLines;
    Elements elements;
  };
  using Value = std::variant<std::monostate, bool, Digits, std::string, List, Members>;

  explicit Json(Value value);

  Value value_;
};

struct Json::Member {
  std::string name;
  bool quoted = true;  ///< False: an integer key without quotes.
  Json value;
};

inline constexpr int kJsonDepthMax = 32;
inline constexpr std::size_t kJsonBytesMax = std::size_t{64} << 20;

/// What a reader takes. The defaults fit files of our own; a text of a stranger wants limits that
/// fit what he may ask for.
struct JsonReading {
  int depth_max = kJsonDepthMax;
  std::size_t bytes_max = kJsonBytesMax;
  std::size_t values_max = SIZE_MAX;  ///< Of all levels together.
  /// Takes what fastjson takes beside the standard: texts in single quotes, words as keys.
  bool lenient = false;
};

/// Errors: kInvalidArgument ("line 3, column 7: ..."; a limit of `reading`). Malformed UTF-8 is
/// read as Java reads it.
Result<Json> ParseJavaJson(std::string_view text, const JsonReading& reading = {});

/// As fastjson 1.2.83 writes it with PrettyFormat: tabs, no blanks, integer keys on one line.
std::string WriteJavaJson(const Json& value);

enum class JsonStyle : std::uint8_t {
  kFastjson,  ///< Integer keys without quotes, UTF-8.
  kBrowser,   ///< fastjson's BrowserCompatible: all keys in quotes; "/" and non-ASCII escaped.
};

/// As fastjson 1.2.83 writes it on one line, without blanks. A key that is an object's text and
/// not quoted stands as it is.
std::string WriteCompactJson(const Json& value, JsonStyle style = JsonStyle::kFastjson);

}  // namespace tidemark
