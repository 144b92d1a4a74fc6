// .safetensors: the length of a JSON header in 8 bytes, the header, then all values.
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/tensor_files.hpp"

namespace volley {

namespace {

static_assert(std::endian::native == std::endian::little, "floats are written as they are");

using Json = nlohmann::ordered_json;
constexpr std::size_t most_header = 100'000'000;  // as the format says

[[noreturn]] void fail(const std::string& what, const std::filesystem::path& file) {
  throw Error(what, file.string(), "give a whole .safetensors file");
}

}  // namespace

void write_safetensors(const std::vector<NamedTensor>& tensors, const TensorNotes& notes,
                       const std::filesystem::path& file) {
  Json header;
  header["__metadata__"] = Json::object();
  for (const auto& [name, text] : notes) header["__metadata__"][name] = text;
  std::string values;
  for (const NamedTensor& tensor : tensors) {
    const std::size_t begin = values.size();
    values.append(reinterpret_cast<const char*>(tensor.values.data()),
                  tensor.values.size() * sizeof(float));
    header[tensor.name] = {{"dtype", "F32"},
                           {"shape", tensor.shape},
                           {"data_offsets", {begin, values.size()}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string bytes(8, '\0');
  const std::uint64_t length = text.size();
  std::memcpy(bytes.data(), &length, sizeof length);
  write_file(file, bytes + text + values);
}

std::vector<NamedTensor> read_safetensors(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) fail("is cut short at byte 0", file);
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > most_header || length > bytes.size() - 8)
    fail("declares a header longer than the file, at byte 0", file);
  const std::size_t start = 8 + static_cast<std::size_t>(length);
  // The parser goes one call deeper for each bracket.
  std::size_t depth = 0, deepest = 0;
  for (std::size_t i = 8; i < start; ++i) {
    if (bytes[i] == '{' || bytes[i] == '[') deepest = std::max(deepest, ++depth);
    if ((bytes[i] == '}' || bytes[i] == ']') && depth > 0) --depth;
  }
  if (deepest > 64) fail("has a header nested too deeply, at byte 8", file);
  const Json header = Json::parse(bytes.begin() + 8,
                                  bytes.begin() + static_cast<std::ptrdiff_t>(start), nullptr,
                                  false);
  if (!header.is_object()) fail("has a header that is no JSON object, at byte 8", file);
  std::vector<NamedTensor> tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    NamedTensor tensor;
    tensor.name = name;
    std::size_t begin = 0, end = 0, count = 1;
    try {
      if (entry.at("dtype").get<std::string>() != "F32") fail("holds no F32: " + name, file);
      tensor.shape = entry.at("shape").get<std::vector<std::size_t>>();
      begin = entry.at("data_offsets").at(0).get<std::size_t>();
      end = entry.at("data_offsets").at(1).get<std::size_t>();
    } catch (const Json::exception&) {
      fail("has no dtype, shape or data_offsets of " + name, file);
    }
    for (const std::size_t side : tensor.shape) {
      if (side != 0 && count > bytes.size() / side) fail("declares too many values: " + name, file);
      count *= side;
    }
    if (begin > end || end > bytes.size() - start || end - begin != count * sizeof(float))
      fail("has data_offsets outside the file, or of another size than the shape: " + name, file);
    tensor.values.resize(count);
    if (count != 0) std::memcpy(tensor.values.data(), bytes.data() + start + begin, end - begin);
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace volley
