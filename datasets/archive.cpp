#include "datasets/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <cstring>
#include <string_view>
#include <system_error>

#include "base/error.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t front_bytes = 512;  // as far as a tar's magic and beyond

using Bytes = std::vector<std::uint8_t>;
using Front = std::span<const std::uint8_t>;

bool starts_with(Front bytes, std::string_view magic, std::size_t at = 0) {
  return bytes.size() >= at + magic.size() &&
         std::memcmp(bytes.data() + at, magic.data(), magic.size()) == 0;
}

bool is_compressed(Front front) {
  using namespace std::string_view_literals;
  if (starts_with(front, "BZh"sv)) return starts_with(front, "\x31\x41\x59\x26\x53\x59"sv, 4);
  for (const std::string_view magic :
       {"\x1f\x8b\x08"sv, "\xfd\x37zXZ\0"sv, "\x28\xb5\x2f\xfd"sv, "\x04\x22\x4d\x18"sv})
    if (starts_with(front, magic)) return true;
  return false;
}

bool is_tar(Front front) { return starts_with(front, "ustar", 257); }
bool is_zip(Front front) {
  using namespace std::string_view_literals;
  return starts_with(front, "PK\x03\x04"sv) || starts_with(front, "PK\x05\x06"sv);
}

/// A libarchive reader over a source. Only filters that live in the library: none that would start
/// another program.
class Reader {
public:
  explicit Reader(std::unique_ptr<ByteSource> source)
      : source_(std::move(source)), archive_(archive_read_new(), archive_read_free) {
    if (archive_ == nullptr) throw std::bad_alloc();
    archive* const a = archive_.get();
    archive_read_support_filter_gzip(a);
    archive_read_support_filter_bzip2(a);
    archive_read_support_filter_xz(a);
    archive_read_support_filter_zstd(a);
    archive_read_support_filter_lz4(a);
    archive_read_support_format_tar(a);
    archive_read_support_format_zip_streamable(a);
    archive_read_support_format_raw(a);
    if (archive_read_open2(a, this, nullptr, read_source, nullptr, nullptr) != ARCHIVE_OK)
      failure_ = words();
  }

  /// Goes to the next regular file; false at the end and at damage.
  bool next(ArchiveMember& member) {
    while (failure_.empty()) {
      archive_entry* entry = nullptr;
      const int result = archive_read_next_header(archive_.get(), &entry);
      if (result == ARCHIVE_EOF) return false;
      if (result < ARCHIVE_WARN) {
        failure_ = words();
        return false;
      }
      if (!raw() && archive_entry_filetype(entry) != AE_IFREG) continue;
      member = {};
      if (!raw()) {
        const char* name = archive_entry_pathname(entry);
        std::string_view path = name == nullptr ? "" : name;
        while (path.starts_with("./")) path.remove_prefix(2);
        member.name = path;
      }
      if (archive_entry_size_is_set(entry) != 0 && archive_entry_size(entry) >= 0)
        member.size = static_cast<std::uint64_t>(archive_entry_size(entry));
      return true;
    }
    return false;
  }

  /// Bytes of the file that next() went to; 0 at its end or at damage.
  std::size_t read(std::uint8_t* to, std::size_t size) {
    if (!failure_.empty()) return 0;
    const la_ssize_t got = archive_read_data(archive_.get(), to, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    failure_ = words();
    return 0;
  }

  /// Whether this is one compressed file, not an archive of several.
  bool raw() const { return archive_format(archive_.get()) == ARCHIVE_FORMAT_RAW; }
  const std::string& failure() const { return failure_; }
  const std::string& name() const { return source_->name(); }
  std::uint64_t position() const { return position_; }

private:
  static la_ssize_t read_source(archive*, void* self, const void** bytes) {
    Reader& reader = *static_cast<Reader*>(self);
    const std::size_t got = reader.source_->read(reader.block_.data(), reader.block_.size());
    reader.position_ += got;
    *bytes = reader.block_.data();
    return static_cast<la_ssize_t>(got);
  }

  std::string words() {
    const std::string& first = source_->failure();
    if (!first.empty()) return first;
    const char* text = archive_error_string(archive_.get());
    return std::string("its container is damaged near byte ") + std::to_string(position_) + " (" +
           (text == nullptr ? "unknown reason" : text) + ")";
  }

  std::unique_ptr<ByteSource> source_;
  std::array<std::uint8_t, std::size_t{1} << 16> block_;
  std::uint64_t position_ = 0;  // in the source, after block_
  std::string failure_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;  // last: freed while the rest lives
};

/// The file that a reader stands at.
class MemberSource final : public ByteSource {
public:
  MemberSource(std::string name, std::shared_ptr<Reader> reader)
      : ByteSource(std::move(name)), reader_(std::move(reader)) {}

  std::size_t read(std::uint8_t* to, std::size_t size) override {
    const std::size_t got = reader_->read(to, size);
    if (got == 0) failure_ = reader_->failure();
    return got;
  }

private:
  std::shared_ptr<Reader> reader_;
};

std::string joined(const std::string& archive, const std::string& member) {
  return member.empty() ? archive : archive + "/" + member;
}

[[noreturn]] void throw_damage(const Reader& reader) {
  throw Error(reader.failure(), reader.name() + ": byte " + std::to_string(reader.position()),
              "replace the file by an undamaged copy");
}

std::unique_ptr<ByteSource> open_member(const ArchivePath& path) {
  const auto reader = std::make_shared<Reader>(open_file(path.file));
  ArchiveMember member;
  std::string others;
  std::size_t count = 0;
  while (reader->next(member)) {
    if (member.name == path.member)
      return std::make_unique<MemberSource>(joined(reader->name(), member.name), reader);
    if (++count <= 3) others += (others.empty() ? "" : ", ") + member.name;
  }
  if (!reader->failure().empty()) throw_damage(*reader);
  throw Error("has no file '" + path.member + "' in it", path.file.string(),
              "name one of its " + std::to_string(count) + " files, such as " + others);
}

}  // namespace

ArchivePath split_archive_path(const fs::path& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored)) return {path, {}};
  fs::path file, member;
  for (const fs::path& part : path) {
    if (member.empty() && !fs::is_regular_file(file, ignored))
      file /= part;
    else
      member /= part;
  }
  if (member.empty() || !fs::is_regular_file(file, ignored)) return {path, {}};
  return {file, member.generic_string()};
}

bool is_archive(const fs::path& file) {
  std::unique_ptr<ByteSource> source = open_file(file);
  Bytes front = read_front(*source, front_bytes);
  if (is_tar(front) || is_zip(front)) return true;
  if (!is_compressed(front)) return false;
  Reader reader(put_back(std::move(front), std::move(source)));
  ArchiveMember member;
  return reader.next(member) && !reader.raw();
}

void visit_members(const fs::path& archive,
                   const std::function<bool(const ArchiveMember&, ByteSource&)>& visit) {
  const auto reader = std::make_shared<Reader>(open_file(archive));
  ArchiveMember member;
  while (reader->next(member)) {
    MemberSource bytes(joined(reader->name(), member.name), reader);
    if (!visit(member, bytes)) return;
  }
  if (!reader->failure().empty()) throw_damage(*reader);
}

std::vector<ArchiveMember> list_members(const fs::path& archive) {
  std::vector<ArchiveMember> members;
  visit_members(archive, [&](const ArchiveMember& member, ByteSource&) {
    members.push_back(member);
    return true;
  });
  return members;
}

bool is_wrapped(Front front) { return is_compressed(front) || is_tar(front); }

std::unique_ptr<ByteSource> unwrap(std::unique_ptr<ByteSource> bytes) {
  Bytes front = read_front(*bytes, front_bytes);
  const bool wrapped = is_wrapped(front);
  bytes = put_back(std::move(front), std::move(bytes));
  if (!wrapped) return bytes;
  const auto reader = std::make_shared<Reader>(std::move(bytes));
  ArchiveMember member;
  reader->next(member);  // where it fails, read() tells
  return std::make_unique<MemberSource>(joined(reader->name(), member.name), reader);
}

std::unique_ptr<ByteSource> find_member(std::unique_ptr<ByteSource> archive,
                                        const std::function<bool(const ArchiveMember&)>& wanted) {
  const auto reader = std::make_shared<Reader>(std::move(archive));
  ArchiveMember member;
  while (reader->next(member))
    if (wanted(member))
      return std::make_unique<MemberSource>(joined(reader->name(), member.name), reader);
  return nullptr;
}

std::unique_ptr<ByteSource> open_bytes(const fs::path& path) {
  const ArchivePath parts = split_archive_path(path);
  if (!parts.member.empty()) return open_member(parts);
  std::unique_ptr<ByteSource> bytes = unwrap(open_file(path));
  if (is_archive(path)) {
    const std::vector<ArchiveMember> members = list_members(path);
    if (members.empty()) throw Error("is an empty archive", path.string(), "give another file");
    if (members.size() > 1)
      throw Error("is an archive of " + std::to_string(members.size()) + " files", path.string(),
                  "name one of them, for example " + joined(path.string(), members.front().name));
  }
  return bytes;
}

}  // namespace volley
