#include "datasets/fetch.hpp"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <new>
#include <system_error>
#include <thread>

#include "base/digest.hpp"
#include "base/error.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

/// The file that grows, held by one process at a time.
class PartFile {
public:
  explicit PartFile(const fs::path& path)
      : path_(path), descriptor_(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0)
      throw Error(std::string("cannot write: ") + std::strerror(errno), path.string(),
                  "check the folder's permissions");
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      ::close(descriptor_);
      throw Error("another process is fetching this file", path.string(),
                  "wait until it has ended, or stop it");
    }
  }
  ~PartFile() { ::close(descriptor_); }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  std::uint64_t size() const {
    const off_t end = ::lseek(descriptor_, 0, SEEK_END);
    return end < 0 ? 0 : static_cast<std::uint64_t>(end);
  }
  bool append(const char* bytes, std::size_t size) {
    while (size > 0) {
      const ssize_t written = ::write(descriptor_, bytes, size);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes += written;
      size -= static_cast<std::size_t>(written);
    }
    return true;
  }
  void empty() {
    if (::ftruncate(descriptor_, 0) != 0 || ::lseek(descriptor_, 0, SEEK_SET) != 0)
      throw Error(std::string("cannot be emptied: ") + std::strerror(errno), path_.string(),
                  "remove it");
  }
  /// Becomes the file itself.
  void commit(const fs::path& final_name) {
    std::error_code failure;
    if (::fsync(descriptor_) != 0)
      throw Error(std::string("cannot sync: ") + std::strerror(errno), path_.string(),
                  "check that the disk is not full");
    fs::rename(path_, final_name, failure);
    if (failure) throw Error("cannot rename: " + failure.message(), final_name.string());
    const int folder = ::open(final_name.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    ::fsync(folder);
    ::close(folder);
  }

private:
  fs::path path_;
  int descriptor_;
};

/// One request for what is missing of a file.
class Transfer {
public:
  Transfer(PartFile& part, const RemoteFile& file, const FetchOptions& options)
      : part_(part), file_(file), options_(options), curl_(curl_easy_init(), curl_easy_cleanup) {
    if (!curl_) throw std::bad_alloc();
  }

  /// Empty where everything came, else the reason.
  std::string run(const std::string& url) {
    CURL* curl = curl_.get();
    begin_ = part_.size();
    started_ = false;
    problem_.clear();
    const std::string range = std::to_string(begin_) + "-";
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_RANGE, begin_ > 0 ? range.c_str() : nullptr);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 30L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stall_seconds));
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "volley");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::write);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Transfer::header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    const CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (!problem_.empty()) return problem_;
    if (code != CURLE_OK) return curl_easy_strerror(code);
    // Nothing is left to send where the part has all bytes: a server says so by 416.
    if (status == 416 && begin_ > 0) return {};
    if (status != 200 && status != 206) return fmt::format("the server answers {}", status);
    if (!started_ && begin_ > 0 && status == 200) part_.empty();
    return {};
  }
  bool stopped() const { return stopped_; }

private:
  static std::size_t header(char* text, std::size_t one, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    std::string line(text, one * count);
    for (char& letter : line)
      letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    if (line.starts_with("http/")) transfer.range_start_.reset();
    constexpr std::string_view name = "content-range: bytes ";
    if (line.starts_with(name)) {
      try {
        transfer.range_start_ = std::stoull(line.substr(name.size()));
      } catch (const std::exception&) {
        transfer.range_start_.reset();
      }
    }
    return one * count;
  }

  static std::size_t write(char* bytes, std::size_t one, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    return transfer.take(bytes, one * count) ? one * count : 0;
  }

  bool take(const char* bytes, std::size_t size) {
    if (!started_ && !start()) return problem_.empty();
    if (file_.size && part_.size() + size > *file_.size)
      return fail(fmt::format("more than the {} bytes that the file has", *file_.size));
    if (!part_.append(bytes, size))
      return fail(std::string("cannot write: ") + std::strerror(errno));
    return true;
  }

  /// At the first byte of an answer. False where its body is not the file's.
  bool start() {
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 && status != 206) return false;  // the body is a message for people
    started_ = true;
    if (begin_ == 0) return true;
    if (status == 206) {
      if (range_start_ && *range_start_ == begin_) return true;
      return fail("the server sends another range than was asked for");
    }
    part_.empty();  // ranges are refused: the whole file comes
    begin_ = 0;
    return true;
  }

  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  static int progress(void* self, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (!transfer.options_.progress) return 0;
    const std::uint64_t all = transfer.file_.size
                                  ? *transfer.file_.size
                                  : (total > 0 ? transfer.begin_ + static_cast<std::uint64_t>(total)
                                               : 0);
    transfer.stopped_ =
        !transfer.options_.progress(transfer.begin_ + static_cast<std::uint64_t>(now), all);
    return transfer.stopped_ ? 1 : 0;
  }

  PartFile& part_;
  const RemoteFile& file_;
  const FetchOptions& options_;
  std::unique_ptr<CURL, void (*)(CURL*)> curl_;
  std::uint64_t begin_ = 0;
  bool started_ = false, stopped_ = false;
  std::optional<std::uint64_t> range_start_;
  std::string problem_;
};

FileCheck check_path(const RemoteFile& file, const fs::path& path) {
  std::error_code failure;
  if (!fs::is_regular_file(path, failure)) return FileCheck::absent;
  if (file.size && fs::file_size(path, failure) != *file.size) return FileCheck::wrong_size;
  if (!file.sha256.empty())
    return digest_file(DigestKind::sha256, path) == file.sha256 ? FileCheck::right
                                                                : FileCheck::wrong_digest;
  if (!file.md5.empty())
    return digest_file(DigestKind::md5, path) == file.md5 ? FileCheck::right
                                                          : FileCheck::wrong_digest;
  return file.size ? FileCheck::right : FileCheck::unknown;
}

/// Fetches from one mirror until the file is whole. Empty where it is, else the last reason.
std::string fetch_from(const std::string& url, PartFile& part, Transfer& transfer,
                       const FetchOptions& options, const RemoteFile& file) {
  std::string reason;
  int pause = options.pause_ms;
  for (int tries = 0; tries < options.attempts;) {
    const std::uint64_t before = part.size();
    reason = transfer.run(url);
    if (reason.empty() || transfer.stopped()) return reason;
    // An answer that says no is not asked for again; a connection that broke is.
    if (reason.starts_with("the server answers 4")) return reason;
    if (part.size() > before) {
      tries = 0;
      pause = options.pause_ms;
    } else {
      ++tries;
    }
    if (tries >= options.attempts) break;
    if (options.say)
      options.say(fmt::format("{}: {} after {} bytes; trying again", file.name, reason,
                              part.size()));
    std::this_thread::sleep_for(std::chrono::milliseconds(pause));
    pause = std::min(pause * 2, 30'000);
  }
  return reason;
}

}  // namespace

FileCheck check_file(const RemoteFile& file, const fs::path& folder) {
  return check_path(file, folder / file.name);
}

std::string check_text(FileCheck check, const RemoteFile& file) {
  const std::string digest =
      !file.sha256.empty() ? "SHA-256" : (!file.md5.empty() ? "MD5" : "size");
  switch (check) {
    case FileCheck::absent: return "is not there";
    case FileCheck::wrong_size:
      return fmt::format("has not the {} bytes it should have", file.size.value_or(0));
    case FileCheck::wrong_digest: return "has the wrong " + digest;
    case FileCheck::right: return digest + " is right";
    case FileCheck::unknown: break;
  }
  return "no size or digest is known to compare with";
}

bool fetch_file(const RemoteFile& file, const fs::path& folder, const FetchOptions& options) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK) throw Error("libcurl cannot be used", file.name, "");
  const FileCheck before = check_file(file, folder);
  if (before == FileCheck::right || before == FileCheck::unknown) return false;
  if (file.urls.empty())
    throw Error("no address is known", file.name, "see the steps of volley datasets describe");
  std::error_code failure;
  fs::create_directories(folder, failure);
  const fs::path part_name = folder / ("." + file.name + ".part");
  PartFile part(part_name);
  std::string reasons;
  for (const std::string& url : file.urls) {
    Transfer transfer(part, file, options);
    // A part of unknown origin may be what is wrong: a second time from the beginning.
    for (const bool from_part : {part.size() > 0, false}) {
      std::string reason = fetch_from(url, part, transfer, options, file);
      if (transfer.stopped())
        throw Error("stopped", (folder / file.name).string(), "run the command again to go on");
      FileCheck now = FileCheck::unknown;
      if (reason.empty()) {
        now = check_path(file, part_name);
        if (now == FileCheck::right || now == FileCheck::unknown) {
          part.commit(folder / file.name);
          return true;
        }
        reason = "what came " + check_text(now, file);
        part.empty();
      }
      if (options.say) options.say(fmt::format("{}: {} ({})", file.name, reason, url));
      reasons += (reasons.empty() ? "" : "; ") + url + ": " + reason;
      if (!from_part || now == FileCheck::unknown) break;
    }
  }
  throw Error("cannot be fetched: " + reasons, (folder / file.name).string(),
              "try again later, or get the file by hand");
}

}  // namespace volley
