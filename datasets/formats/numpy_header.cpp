// The header of a .npy file: a Python dictionary of the type of a record, the order and the shape.
#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>
#include <cstring>

#include "base/error.hpp"
#include "datasets/formats/numpy.hpp"

namespace volley {

namespace {

constexpr std::size_t most_fields = 64, most_dimensions = 8;

/// Reads the few Python literals that a header is made of.
class Literals {
public:
  Literals(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  void read(NumpyHeader& header) {
    want('{');
    while (!take('}')) {
      const std::string key = string();
      want(':');
      if (key == "descr")
        types(header);
      else if (key == "fortran_order")
        header.fortran = truth();
      else if (key == "shape")
        shape(header);
      else
        fail("knows no key '" + key + "'");
      take(',');
    }
  }

private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error("the .npy header " + what, name_ + ": byte " + std::to_string(at_),
                "write the file again with numpy.save");
  }
  void blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool take(char c) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void want(char c) {
    if (!take(c)) fail(std::string("lacks a '") + c + "'");
  }
  bool next_is(char c) {
    blanks();
    return at_ < text_.size() && text_[at_] == c;
  }
  std::string string() {
    blanks();
    if (!next_is('\'') && !next_is('"')) fail("lacks a string");
    const char quote = text_[at_++];
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos || end - at_ > 256) fail("has a string without an end");
    const std::string value(text_.substr(at_, end - at_));
    at_ = end + 1;
    return value;
  }
  bool truth() {
    blanks();
    for (const auto& [word, value] : {std::pair{"True", true}, std::pair{"False", false}})
      if (text_.substr(at_).starts_with(word)) {
        at_ += std::strlen(word);
        return value;
      }
    fail("lacks True or False");
  }
  void shape(NumpyHeader& header) {
    want('(');
    while (!take(')')) {
      blanks();
      std::uint64_t size = 0;
      const std::size_t start = at_;
      while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) {
        if (size > (std::uint64_t{1} << 52)) fail("has a size beyond all bounds");
        size = 10 * size + static_cast<std::uint64_t>(text_[at_++] - '0');
      }
      if (at_ == start || header.shape.size() == most_dimensions) fail("has no such shape");
      header.shape.push_back(size);
      take(',');
    }
  }
  void types(NumpyHeader& header) {
    if (!take('[')) {
      add(header, "", string());
      return;
    }
    while (!take(']')) {
      want('(');
      const std::string field = string();
      want(',');
      const std::string type = string();
      take(',');
      if (!take(')'))
        fail("has a field '" + field + "' of several numbers, which volley cannot read");
      add(header, field, type);
      take(',');
    }
  }
  void add(NumpyHeader& header, const std::string& field, std::string_view type) {
    NumpyField one;
    one.name = field;
    if (type.starts_with('>')) one.big_endian = true;
    if (!type.empty() && std::strchr("<>|=", type.front()) != nullptr) type.remove_prefix(1);
    if (type.empty()) fail("has an empty type");
    one.kind = type.front() == '?' ? 'b' : type.front();
    type.remove_prefix(1);
    std::size_t size = one.kind == 'b' && type.empty() ? 1 : 0;
    while (!type.empty() && std::isdigit(static_cast<unsigned char>(type.front())) &&
           size < 100000) {
      size = 10 * size + static_cast<std::size_t>(type.front() - '0');
      type.remove_prefix(1);
    }
    if (one.kind == 'm' || one.kind == 'M') one.kind = 'i';
    if (one.kind == 'U') size *= 4;
    if ((size == 0 && !std::strchr("VSU", one.kind)) || size > 65536)
      fail("has a type volley cannot read");
    if (header.fields.size() == most_fields) fail("has more than 64 fields");
    one.size = size;
    one.offset = header.record_bytes;
    header.record_bytes += size;
    header.fields.push_back(one);
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
};

std::uint64_t raw(const NumpyField& field, const std::uint8_t* record) {
  std::uint64_t value = 0;
  const std::uint8_t* const bytes = record + field.offset;
  for (std::size_t i = 0; i < field.size; ++i)
    value |= std::uint64_t{bytes[field.big_endian ? field.size - 1 - i : i]} << (8 * i);
  return value;
}

double real(const NumpyField& field, std::uint64_t bits) {
  if (field.size == 8) return std::bit_cast<double>(bits);
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
}

std::int64_t whole(const NumpyField& field, std::uint64_t bits) {
  const int unused = 64 - 8 * static_cast<int>(field.size);
  if (field.kind == 'i') return static_cast<std::int64_t>(bits << unused) >> unused;
  return bits > static_cast<std::uint64_t>(time_limit_us) ? time_limit_us + 1
                                                          : static_cast<std::int64_t>(bits);
}

}  // namespace

bool NumpyField::is_number() const {
  if (kind == 'f') return size == 4 || size == 8;
  if (kind == 'b') return size == 1;
  return (kind == 'i' || kind == 'u') && (size == 1 || size == 2 || size == 4 || size == 8);
}

double NumpyField::value(const std::uint8_t* record) const {
  const std::uint64_t bits = raw(*this, record);
  return kind == 'f' ? real(*this, bits) : static_cast<double>(whole(*this, bits));
}

std::int64_t NumpyField::time(const std::uint8_t* record, double unit_us) const {
  const std::uint64_t bits = raw(*this, record);
  if (kind != 'f' && unit_us == 1) return whole(*this, bits);
  const double us =
      unit_us * (kind == 'f' ? real(*this, bits) : static_cast<double>(whole(*this, bits)));
  if (std::isnan(us)) return 0;
  // Beyond the limit the sink refuses.
  return std::llround(std::clamp(us, -6e18, 6e18));
}

NumpyHeader read_numpy_header(ByteSpan front, const std::string& name) {
  const auto refuse = [&](const std::string& what) {
    return Error(what, name + ": byte 0", "write the file again with numpy.save");
  };
  if (front.size() < 12) throw refuse("the .npy header does not end");
  const int version = front[6];
  if (version < 1 || version > 3)
    throw refuse(".npy version " + std::to_string(version) + " is not known");
  NumpyHeader header;
  const std::size_t start = version == 1 ? 10 : 12;
  const std::size_t size = version == 1 ? little<std::uint16_t>(front.data() + 8)
                                        : little<std::uint32_t>(front.data() + 8);
  header.data = start + size;
  if (header.data > front.size()) throw refuse("the .npy header does not end");
  Literals(std::string_view(reinterpret_cast<const char*>(front.data()) + start, size), name)
      .read(header);
  if (header.fields.empty() || header.record_bytes == 0)
    throw refuse("the .npy header tells no type");
  return header;
}

}  // namespace volley
