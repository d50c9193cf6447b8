// SPDX-License-Identifier: Apache-2.0
#include "src/base/java_text.h"
#include "src/config/java_json.h"

namespace tidemark {
namespace {

class Writer {
 public:
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
    out_ += '\n';
    out_.append(indent_, '\t');
  }

  void Object(const Json::Members& members) {
    out_ += '{';
    ++indent_;
    for (const Json::Member& member : members) {
      if (&member != &members.front()) out_ += ',';
      if (member.quoted) {
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
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto byte = [&](std::size_t ahead) {
        return i + ahead < text.size() ? static_cast<unsigned char>(text[i + ahead]) : 0;
      };
      constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t";
      constexpr std::string_view kEscapes = "\"\\bfnrt";
      if (const std::size_t which = kEscaped.find(text[i]); which != kEscaped.npos) {
        out_ += '\\';
        out_ += kEscapes[which];
      } else if (byte(0) < 0x20 || byte(0) == 0x7F) {
        out_ += Format("\\u{:04X}", byte(0));
      } else if (byte(0) == 0xC2 && byte(1) < 0xA0) {  // U+0080..U+009F
        out_ += Format("\\u{:04X}", byte(1));
        ++i;
      } else if (byte(0) == 0xE2 && byte(1) == 0x80 && (byte(2) == 0xA8 || byte(2) == 0xA9)) {
        out_ += Format("\\u{:04X}", 0x2028 + (byte(2) - 0xA8));
        i += 2;
      } else {
        out_ += text[i];
      }
    }
    out_ += '"';
  }

  std::string out_;
  std::size_t indent_ = 0;
};

}  // namespace

std::string WriteJavaJson(const Json& value) {
  Writer writer;
  writer.Value(value);
  return std::move(writer).Take();
}

}  // namespace tidemark
