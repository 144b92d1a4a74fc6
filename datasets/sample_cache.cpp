#include "datasets/sample_cache.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "base/atomic_file.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/parallel.hpp"
#include "datasets/file_set.hpp"
#include "datasets/packed_train.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

// A change of the layout or of what binning does gives new names to all files.
constexpr std::string_view magic = "volley samples 1\n";
constexpr std::size_t most_samples = 100'000'000;

struct MappedFile {
  explicit MappedFile(const fs::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    struct stat facts {};
    if (::fstat(descriptor, &facts) == 0 && facts.st_size > 0) {
      size = static_cast<std::size_t>(facts.st_size);
      data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
      if (data == MAP_FAILED) data = nullptr;
    }
    ::close(descriptor);
  }
  ~MappedFile() {
    if (data != nullptr) ::munmap(data, size);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view bytes() const {
    return data == nullptr ? std::string_view() : std::string_view(static_cast<char*>(data), size);
  }
  void* data = nullptr;
  std::size_t size = 0;
};

std::uint32_t checksum(std::string_view bytes) {
  uLong sum = crc32(0, nullptr, 0);
  while (!bytes.empty()) {
    const std::size_t piece = std::min<std::size_t>(bytes.size(), std::size_t{1} << 30);
    sum = crc32(sum, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(piece));
    bytes.remove_prefix(piece);
  }
  return static_cast<std::uint32_t>(sum);
}

template <class Number>
void append_raw(std::string& bytes, Number number) {
  char raw[sizeof(Number)];
  std::memcpy(raw, &number, sizeof(Number));
  bytes.append(raw, sizeof(Number));
}

/// Takes numbers off the front; once something was missing, everything is.
class Front {
public:
  explicit Front(std::string_view bytes) : rest_(bytes) {}
  template <class Number>
  Number take() {
    Number number{};
    const std::string_view raw = take(sizeof(Number));
    if (raw.size() == sizeof(Number)) std::memcpy(&number, raw.data(), sizeof(Number));
    return number;
  }
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view front = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return front;
  }
  bool good() const { return good_; }
  std::string_view rest() const { return rest_; }

private:
  std::string_view rest_;
  bool good_ = true;
};

struct Sample {
  std::uint64_t offset = 0, size = 0;  // in the payload
  std::uint32_t sum = 0;
};

std::string named_text(const NamedValues& given) {
  std::string text = given.name;
  for (const auto& [key, value] : given.values) {
    text += " " + key + "=";
    if (const bool* flag = std::get_if<bool>(&value)) text += *flag ? "true" : "false";
    else if (const double* number = std::get_if<double>(&value)) text += fmt::format("{}", *number);
    else if (const auto* word = std::get_if<std::string>(&value)) text += *word;
    else
      text += fmt::format("[{}]", fmt::join(std::get<std::vector<double>>(value), ","));
  }
  return text + "\n";
}

std::string value_or_empty(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

}  // namespace

fs::path cache_folder(const std::string& option) {
  const std::string wish = option.empty() ? value_or_empty("VOLLEY_CACHE") : option;
  if (wish == "off") return {};
  if (!wish.empty()) return wish;
  if (const std::string xdg = value_or_empty("XDG_CACHE_HOME"); xdg.starts_with('/'))
    return fs::path(xdg) / "volley";
  const std::string home = value_or_empty("HOME");
  return home.empty() ? fs::path() : fs::path(home) / ".cache" / "volley";
}

std::string sample_identity(const DatasetRequest& request, const LoadOptions& options) {
  std::error_code ignored;
  if (request.directory.empty() || !fs::exists(request.directory, ignored)) return {};
  std::string split = request.split;
  for (char& letter : split)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  const BinOptions& bins = options.bins;
  const bool drawn = bins.encoding == ImageEncoding::rate ||
                     bins.encoding == ImageEncoding::saccades || !options.transforms.empty();
  std::string text = fmt::format("{}{} {} {}\n", magic, request.name, split, request.limit);
  text += fmt::format("dt {} steps {} encoding {} seed {} counts {} events {} training {}\n",
                      bins.dt_ms, bins.steps, static_cast<int>(bins.encoding), drawn ? bins.seed : 0,
                      bins.counts, bins.events_per_step, options.training);
  for (const NamedValues& given : options.transforms.given()) text += named_text(given);
  text += named_text(request.cochlea) + named_text(request.slices);
  if (!fs::is_directory(request.directory, ignored))
    return text + file_identity(request.directory, request.directory.filename().string());
  const auto files = open_folder_files(request.directory, [](const std::string&) { return true; });
  for (std::size_t i = 0; i < files->names().size(); ++i)
    text += file_identity(files->place(i), files->names()[i]);
  return text;
}

fs::path SampleCache::file_of(const std::string& identity) const {
  return folder_ / (digest(DigestKind::sha256, identity) + ".spikes");
}

std::optional<LabelledSpikes> SampleCache::load(const std::string& identity) const {
  if (!active() || identity.empty()) return {};
  const MappedFile file(file_of(identity));
  Front front(file.bytes());
  if (front.take(magic.size()) != magic) return {};
  const auto head_size = front.take<std::uint64_t>();
  const auto head_sum = front.take<std::uint32_t>();
  const std::string_view head_bytes = front.take(head_size);
  if (!front.good() || checksum(head_bytes) != head_sum) return {};
  const std::string_view payload = front.rest();

  Front head(head_bytes);
  LabelledSpikes spikes;
  const auto count = head.take<std::uint64_t>();
  spikes.sensor.width = head.take<std::int32_t>();
  spikes.sensor.height = head.take<std::int32_t>();
  spikes.sensor.polarities = head.take<std::int32_t>();
  spikes.classes = head.take<std::int32_t>();
  if (count > most_samples || count > head_bytes.size()) return {};
  std::vector<Sample> samples(count);
  for (Sample& sample : samples) {
    sample.offset = head.take<std::uint64_t>();
    sample.size = head.take<std::uint64_t>();
    sample.sum = head.take<std::uint32_t>();
    spikes.labels.push_back(head.take<std::int32_t>());
    spikes.names.emplace_back(head.take(head.take<std::uint32_t>()));
    if (!head.good() || sample.offset > payload.size() ||
        sample.size > payload.size() - sample.offset)
      return {};
  }
  spikes.trains.resize(count);
  std::atomic<bool> good{true};
  parallel_for(count, [&](std::size_t i) {
    const std::string_view bytes = payload.substr(samples[i].offset, samples[i].size);
    if (checksum(bytes) != samples[i].sum) {
      good = false;
      return;
    }
    auto train = unpack_train(bytes);
    if (train) spikes.trains[i] = std::move(*train);
    else good = false;
  });
  if (!good) return {};
  return spikes;
}

void SampleCache::store(const std::string& identity, const LabelledSpikes& spikes) const {
  if (!active() || identity.empty()) return;
  // One at a time within a process: two would share the temporary name.
  static std::mutex storing;
  const std::lock_guard lock(storing);
  std::vector<std::string> packed(spikes.trains.size());
  parallel_for(packed.size(), [&](std::size_t i) { packed[i] = pack_train(spikes.trains[i]); });
  std::string head;
  append_raw(head, std::uint64_t{packed.size()});
  append_raw(head, std::int32_t{spikes.sensor.width});
  append_raw(head, std::int32_t{spikes.sensor.height});
  append_raw(head, std::int32_t{spikes.sensor.polarities});
  append_raw(head, std::int32_t{spikes.classes});
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < packed.size(); ++i) {
    append_raw(head, offset);
    append_raw(head, std::uint64_t{packed[i].size()});
    append_raw(head, checksum(packed[i]));
    append_raw(head, std::int32_t{spikes.labels[i]});
    append_raw(head, static_cast<std::uint32_t>(spikes.names[i].size()));
    head += spikes.names[i];
    offset += packed[i].size();
  }
  std::string bytes(magic);
  append_raw(bytes, std::uint64_t{head.size()});
  append_raw(bytes, checksum(head));
  bytes += head;
  bytes.reserve(bytes.size() + offset);
  for (std::string& one : packed) {
    bytes += one;
    std::string().swap(one);
  }
  write_file(file_of(identity), bytes);
}

namespace {

/// Calls `act` for every file of ours in the folder and adds it up.
template <class Act>
SampleCache::Use for_each_file(const fs::path& folder, Act act) {
  SampleCache::Use use;
  std::error_code failure;
  fs::directory_iterator at(folder, failure), end;
  for (; !failure && at != end; at.increment(failure)) {
    const std::string name = at->path().filename().string();
    const bool left_behind = name.starts_with('.') && name.ends_with(".partial") &&
                             name.find(".spikes.") != std::string::npos;
    std::error_code ignored;
    if (!left_behind && !name.ends_with(".spikes")) continue;
    const std::uintmax_t size = fs::file_size(at->path(), ignored);
    if (ignored || !act(at->path())) continue;
    ++use.files;
    use.bytes += size;
  }
  return use;
}

}  // namespace

SampleCache::Use SampleCache::use() const {
  return for_each_file(folder_, [](const fs::path&) { return true; });
}

SampleCache::Use SampleCache::clear() const {
  return for_each_file(folder_, [](const fs::path& file) {
    std::error_code failure;
    return fs::remove(file, failure);
  });
}

}  // namespace volley
