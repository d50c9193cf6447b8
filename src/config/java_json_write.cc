// SPDX-License-Identifier: Apache-2.0
#include "src/base/java_text.h"
#include "src/config/java_json.h"

namespace tidemark {
namespace {

class Writer {
 public:
  enum class Lines : std::uint8_t { kOne, kMany };
  Writer(Lines lines, JsonStyle style)
      : many_(lines == Lines::kMany), browser_(style == JsonStyle::kBrowser) {}

  void Value(const Json& value) {
    if (value.is_null()) {
      out_ += "null";
    } else if (value.number() != nullptr) {
      out_ += *value.number();
    } else if (value.text() != nullptr) {
      Text(*value.text());
    } else if (value.members() != nullptr) {
      Object(*value.members());
    } else if (value.elements() != nullptr) {
      Array(*value.elements(), value.layout());
    } else {
      out_ += *value.boolean() ? "true" : "false";
    }
  }
  std::string Take() && { return std::move(out_); }

 private:
  void Line() {
    if (!many_) return;
    out_ += '\n';
    out_.append(indent_, '\t');
  }

  void Object(const Json::Members& members) {
    out_ += '{';
    ++indent_;
    for (const Json::Member& member : members) {
      if (&member != &members.front()) out_ += ',';
      if (member.quoted || browser_) {
        Line();
        Text(member.name);
      } else {
        out_ += member.name;
      }
      out_ += ':';
      Value(member.value);
    }
    --indent_;
    if (!members.empty()) Line();
    out_ += '}';
  }

  void Array(const Json::Elements& elements, Json::Layout layout) {
    const bool lines = layout == Json::Layout::kLines && !elements.empty();
    out_ += '[';
    if (lines) ++indent_;
    for (const Json& element : elements) {
      if (&element != &elements.front()) out_ += ',';
      if (lines) Line();
      Value(element);
    }
    if (lines) {
      --indent_;
      Line();
    }
    out_ += ']';
  }

  void Text(std::string_view unchecked) {
    const std::string text = JavaDecoded(unchecked);
    out_ += '"';
    for (std::size_t i = 0; i < text.size();) i += Character(std::string_view(text).substr(i));
    out_ += '"';
  }

  /// Writes the first character of well-formed UTF-8 and returns how many bytes it takes.
  std::size_t Character(std::string_view text) {
    constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t";
    constexpr std::string_view kEscapes = "\"\\bfnrt";
    const char first = text[0];
    if (const std::size_t which = kEscaped.find(first); which != kEscaped.npos) {
      out_ += '\\';
      out_ += kEscapes[which];
      return 1;
    }
    if (browser_ && first == '/') {
      out_ += "\\/";
      return 1;
    }
    if (static_cast<unsigned char>(first) < 0x80) {
      if (first < 0x20 || first == 0x7F) {
        Unit(static_cast<std::uint32_t>(first));
      } else {
        out_ += first;
      }
      return 1;
    }
    const auto [point, size] = CodePoint(text);
    if (point >= 0x10000 && browser_) {
      Unit(0xD800 + ((point - 0x10000) >> 10));
      Unit(0xDC00 + ((point - 0x10000) & 0x3FF));
    } else if (browser_ || point < 0xA0 || point == 0x2028 || point == 0x2029) {
      Unit(point);
    } else {
      out_ += text.substr(0, size);
    }
    return size;
  }

  void Unit(std::uint32_t unit) { out_ += Format("\\u{:04X}", unit); }

  static std::pair<std::uint32_t, std::size_t> CodePoint(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t point = lead & (0xFFu >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
      point = (point << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
    }
    return {point, size};
  }

  const bool many_;
  const bool browser_;
  std::string out_;
  std::size_t indent_ = 0;
};

}  // namespace

std::string WriteJavaJson(const Json& value) {
  Writer writer(Writer::Lines::kMany, JsonStyle::kFastjson);
  writer.Value(value);
  return std::move(writer).Take();
}

std::string WriteCompactJson(const Json& value, JsonStyle style) {
  Writer writer(Writer::Lines::kOne, style);
  writer.Value(value);
  return std::move(writer).Take();
}

}  // namespace tidemark
