// Events as text, one a line: numbers between commas, semicolons, tabs or spaces. A first line of
// words names the columns; '#' and '%' begin comments. Times are exact to the microsecond whatever
// their number of digits.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/error.hpp"
#include "datasets/formats/columns.hpp"
#include "datasets/formats/decoders.hpp"

namespace volley {

namespace {

constexpr std::size_t longest_line = std::size_t{1} << 16;
constexpr std::size_t most_columns = 64;

bool is_blank(std::uint8_t c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_between(std::uint8_t c) { return is_blank(c) || c == ',' || c == ';'; }
bool is_digit(std::uint8_t c) { return c >= '0' && c <= '9'; }
std::uint64_t digit(std::uint8_t c) { return std::uint64_t{c} - '0'; }

/// A number's digits before and after its point.
struct Number {
  bool negative = false;
  std::uint64_t whole = 0;
  std::uint64_t millionths = 0;  ///< of the fraction, rounded
  double value() const {
    const double size = static_cast<double>(whole) + 1e-6 * static_cast<double>(millionths);
    return negative ? -size : size;
  }
};

/// Reads one number up to a separator; null where there is none, or one beyond 18 digits.
const std::uint8_t* read_number(const std::uint8_t* at, const std::uint8_t* end, Number& number) {
  const std::uint8_t* const start = at;
  number = {};
  if (at < end && (*at == '-' || *at == '+')) number.negative = *at++ == '-';
  const std::uint8_t* const digits = at;
  std::uint64_t whole = 0;
  while (at < end && is_digit(*at)) whole = 10 * whole + digit(*at++);
  if (at - digits > 18) return nullptr;
  number.whole = whole;
  if (at < end && *at == '.') {
    const std::uint8_t* const fraction = ++at;
    std::uint64_t part = 0;
    while (at < end && is_digit(*at)) {
      if (at - fraction < 7) part = 10 * part + digit(*at);
      ++at;
    }
    const std::ptrdiff_t places = at - fraction;
    if (places == 0 && fraction - digits == 1) return nullptr;
    for (std::ptrdiff_t place = std::min<std::ptrdiff_t>(places, 7); place < 7; ++place) part *= 10;
    number.millionths = (part + 5) / 10;
  } else if (at == digits) {
    return nullptr;
  }
  if (at == end || is_between(*at)) return at;
  // The rare rest: exponents.
  if (*at != 'e' && *at != 'E') return nullptr;
  double value = 0;
  const char* const first = reinterpret_cast<const char*>(start + (*start == '+' ? 1 : 0));
  const auto result = std::from_chars(first, reinterpret_cast<const char*>(end), value);
  at = reinterpret_cast<const std::uint8_t*>(result.ptr);
  if (result.ec != std::errc() || !(std::abs(value) < 1e15) || (at < end && !is_between(*at)))
    return nullptr;
  number.negative = value < 0;
  const double size = std::abs(value);
  number.whole = static_cast<std::uint64_t>(size);
  number.millionths =
      static_cast<std::uint64_t>(std::llround(1e6 * (size - static_cast<double>(number.whole))));
  return at;
}

std::int64_t time_us(const Number& number, double unit_us) {
  std::int64_t us = 0;
  if (unit_us == 1e6 && number.whole < 1'000'000'000'000)
    us = static_cast<std::int64_t>(number.whole * 1'000'000 + number.millionths);
  else if (unit_us == 1)
    us = static_cast<std::int64_t>(number.whole + (number.millionths >= 500'000 ? 1 : 0));
  else
    us = std::llround(std::min(unit_us * std::abs(number.value()), 4e18));
  return number.negative ? -us : us;
}

/// Skips blanks, and one comma or semicolon with blanks around it.
const std::uint8_t* skip_separator(const std::uint8_t* at, const std::uint8_t* end) {
  while (at < end && is_blank(*at)) ++at;
  if (at < end && (*at == ',' || *at == ';')) {
    ++at;
    while (at < end && is_blank(*at)) ++at;
  }
  return at;
}

class TextDecoder final : public BlockDecoder {
public:
  TextDecoder(const ColumnPlan& plan, std::uint64_t lines_before)
      : plan_(plan), columns_(static_cast<std::size_t>(plan.last()) + 1), line_(lines_before) {
    roles_.fill(4);
    std::uint8_t role = 0;
    for (const int column : {plan.t, plan.x, plan.y, plan.p}) {
      if (column >= 0) roles_[static_cast<std::size_t>(column)] = role;
      ++role;
    }
  }

  std::size_t decode(ByteSpan bytes, EventSink& sink) override {
    const std::uint8_t* const start = bytes.data();
    const std::uint8_t* const end = start + bytes.size();
    const std::uint8_t* at = start;
    while (at < end && sink.room() > 0) {
      const void* const found = __builtin_memchr(at, '\n', static_cast<std::size_t>(end - at));
      if (found == nullptr) {
        open_line_ = static_cast<std::size_t>(end - at);
        if (open_line_ > longest_line)
          sink.fail(static_cast<std::size_t>(at - start), "a line of more than 65536 bytes");
        break;
      }
      const auto* const stop = static_cast<const std::uint8_t*>(found);
      if (!take_line(at, stop, static_cast<std::size_t>(at - start), sink)) break;
      at = stop + 1;
    }
    return static_cast<std::size_t>(at - start);
  }

  std::size_t needed() const override { return open_line_ + 1; }

  void finish(ByteSpan rest, EventSink& sink) override {
    take_line(rest.data(), rest.data() + rest.size(), 0, sink);
  }

private:
  bool take_line(const std::uint8_t* at, const std::uint8_t* end, std::size_t offset,
                 EventSink& sink) {
    ++line_;
    while (at < end && is_blank(*at)) ++at;
    if (at == end || *at == '#' || *at == '%') return true;
    std::array<Number, 5> values{};  // t, x, y, p and what is passed over
    values[3].whole = 1;
    for (std::size_t column = 0; column < columns_; ++column) {
      const std::uint8_t* const after = read_number(at, end, values[roles_[column]]);
      if (after == nullptr) return wrong(at, end, column, offset, sink);
      at = skip_separator(after, end);
    }
    const Number &x = values[1], &y = values[2], &p = values[3];
    if (x.negative || y.negative || x.millionths != 0 || y.millionths != 0 || x.whole > 65535 ||
        y.whole > 65535)
      return sink.fail(offset, in_line() + "no pixel has such coordinates");
    return sink.add(time_us(values[0], plan_.unit_us), static_cast<std::uint32_t>(x.whole),
                    static_cast<std::uint32_t>(y.whole),
                    !p.negative && (p.whole | p.millionths) != 0 ? 1 : 0, offset);
  }

  std::string in_line() const { return "line " + std::to_string(line_) + ": "; }

  bool wrong(const std::uint8_t* at, const std::uint8_t* end, std::size_t column,
             std::size_t offset, EventSink& sink) const {
    std::string word;
    while (at < end && !is_between(*at) && word.size() < 20) {
      const std::uint8_t letter = *at++;
      word += letter >= 0x20 && letter < 0x7f ? static_cast<char>(letter) : '?';
    }
    return sink.fail(offset, in_line() + "column " + std::to_string(column + 1) +
                                 (word.empty() ? " is missing" : " '" + word + "' is no number"));
  }

  ColumnPlan plan_;
  std::size_t columns_;
  std::array<std::uint8_t, most_columns> roles_{};
  std::uint64_t line_;
  std::size_t open_line_ = 0;
};

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  const auto* at = reinterpret_cast<const std::uint8_t*>(line.data());
  const auto* const end = at + line.size();
  while (at < end && is_blank(*at)) ++at;
  while (at < end && words.size() < most_columns) {
    const auto* const start = at;
    while (at < end && !is_between(*at)) ++at;
    std::string word(reinterpret_cast<const char*>(start), static_cast<std::size_t>(at - start));
    if (word.size() >= 2 && word.front() == '"' && word.back() == '"')
      word = word.substr(1, word.size() - 2);
    words.push_back(std::move(word));
    at = skip_separator(at, end);
  }
  return words;
}

/// The numbers of a line; fewer than its words where one is none.
std::vector<double> numbers_of(const std::vector<std::string>& words) {
  std::vector<double> numbers;
  for (const std::string& word : words) {
    Number number;
    const auto* const start = reinterpret_cast<const std::uint8_t*>(word.data());
    if (read_number(start, start + word.size(), number) != start + word.size()) break;
    numbers.push_back(number.value());
  }
  return numbers;
}

}  // namespace

OpenedFormat open_text(ByteSpan front, const StreamOptions& options, const std::string& name) {
  constexpr std::size_t most_rows = 4096;
  std::string_view text(reinterpret_cast<const char*>(front.data()), front.size());
  OpenedFormat opened;
  std::vector<std::string> names;
  SampleRows rows;
  std::uint64_t line_number = 0, lines_before = 0;
  for (std::size_t at = 0; at < text.size() && rows.size() < most_rows;) {
    std::size_t end = text.find('\n', at);
    const bool whole = end != std::string_view::npos;
    if (!whole && !rows.empty()) break;  // cut by the end of the front
    end = whole ? end : text.size();
    const std::vector<std::string> words = words_of(text.substr(at, end - at));
    at = std::min(end + 1, text.size());
    ++line_number;
    if (words.empty() || words.front().empty()) continue;
    if (words.front().front() == '#' || words.front().front() == '%') continue;
    std::vector<double> numbers = numbers_of(words);
    if (numbers.size() < words.size() && rows.empty() && names.empty()) {
      names = words;
      opened.header = at;
      lines_before = line_number;
      continue;
    }
    if (numbers.size() < words.size() || (!rows.empty() && numbers.size() != rows[0].size()))
      break;  // the decoder will tell
    rows.push_back(std::move(numbers));
  }
  ColumnPlan plan;
  if (rows.empty() && names.empty() && options.columns.empty())
    plan = {0, 1, 2, 3};  // an empty file is a legal empty recording
  else
    plan = plan_columns(names, rows, options, name);
  if (plan.last() >= static_cast<int>(most_columns))
    throw Error("more than 64 columns were named", name, "name the first ones up to t, x, y and p");
  opened.decoder = std::make_unique<TextDecoder>(plan, lines_before);
  opened.facts.format = "text";
  opened.facts.mended_us = mended_camera_us;
  choose_sensor(opened.facts, options, std::nullopt, {65536, 65536, 2});
  return opened;
}

}  // namespace volley
