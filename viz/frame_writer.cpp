#include "viz/frame_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "base/atomic_file.hpp"
#include "base/error.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {
constexpr std::array<const char*, 6> video_endings = {".gif", ".mp4", ".webm", ".mkv", ".avi",
                                                      ".mov"};

bool is_video(const fs::path& path) {
  return std::find(video_endings.begin(), video_endings.end(), path.extension().string()) !=
         video_endings.end();
}

std::optional<std::string> find_ffmpeg() {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string file = folder + "/ffmpeg";
    if (!folder.empty() && ::access(file.c_str(), X_OK) == 0) return file;
  }
  return std::nullopt;
}

std::string last_words(const fs::path& log) {
  std::ifstream in(log);
  std::string line, last;
  while (std::getline(in, line))
    if (!line.empty()) last = line;
  return last.empty() ? "no reason is given" : last;
}

std::string format_name(const fs::path& path) {
  const std::string ending = path.extension().string();
  if (ending == ".mkv") return "matroska";
  return ending.substr(1);
}
}  // namespace

/// ffmpeg reading raw frames from a socket: writing to one whose reader has gone is an error, where
/// a pipe would raise a signal.
struct FrameWriter::Video {
  Video(const fs::path& path, int width, int height, double rate)
      : file(path), log(file.temporary().string() + ".log") {
    const std::optional<std::string> program = find_ffmpeg();
    if (!program) throw Error(why_not(path), path.string());
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      throw Error("no connection to ffmpeg can be made", path.string(), "close other programs");
    end = ends[0];
    std::vector<std::string> words{
        "ffmpeg", "-loglevel", "error", "-nostdin", "-y", "-f", "rawvideo", "-pix_fmt", "rgba",
        "-s", fmt::format("{}x{}", width, height), "-r", fmt::format("{:g}", rate), "-i", "pipe:0"};
    const auto add = [&](std::initializer_list<const char*> more) {
      words.insert(words.end(), more.begin(), more.end());
    };
    if (path.extension() == ".gif")
      add({"-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none"});
    else
      add({"-pix_fmt", "yuv420p"});
    if (path.extension() == ".mp4" || path.extension() == ".mov") add({"-movflags", "+faststart"});
    add({"-f"});
    words.push_back(format_name(path));
    words.push_back(file.temporary().string());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawnattr_t attributes;  // Ctrl-C is for us; ffmpeg ends when its input does
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    const int failure = ::posix_spawn(&process, program->c_str(), &actions, &attributes,
                                      arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failure != 0) {
      ::close(end);
      throw Error("ffmpeg cannot be started: " + std::generic_category().message(failure),
                  path.string(), "reinstall it, or record a .png sequence");
    }
  }
  ~Video() {
    if (process > 0) ::kill(process, SIGKILL);
    wait();
    std::error_code ignored;
    fs::remove(log, ignored);
  }
  Video(const Video&) = delete;
  Video& operator=(const Video&) = delete;

  bool write(const std::uint8_t* bytes, std::size_t size) const {
    while (size > 0) {
      const ssize_t sent = ::send(end, bytes, size, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) return false;
      bytes += sent;
      size -= static_cast<std::size_t>(sent);
    }
    return true;
  }

  /// Ends its input and waits. @return whether it ended well
  bool wait() {
    if (end >= 0) ::close(std::exchange(end, -1));
    if (process <= 0) return false;
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    process = -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  AtomicFile file;
  fs::path log;
  int end = -1;
  pid_t process = -1;
};

std::string FrameWriter::why_not(const fs::path& path) {
  if (path.extension() == ".png") return {};
  if (!is_video(path))
    return "the ending of a recording says its kind: .mp4, .gif, .webm, .mkv, .avi or .mov (by "
           "ffmpeg), or .png for a sequence of pictures";
  if (!find_ffmpeg())
    return "ffmpeg is not installed, which writes " + path.extension().string() +
           " files: install it (apt-get install ffmpeg), or record a sequence of pictures, as "
           "frames.png";
  return {};
}

FrameWriter::FrameWriter(fs::path path, int width, int height, double rate)
    : path_(std::move(path)), width_(width), height_(height) {
  if (const std::string reason = why_not(path_); !reason.empty())
    throw Error(reason, path_.string());
  const bool video = is_video(path_);
  if (video) width_ -= width_ % 2, height_ -= height_ % 2;
  if (width_ < 1 || height_ < 1) throw Error("frames have no area", path_.string());
  if (video) video_ = std::make_unique<Video>(path_, width_, height_, rate);
}

FrameWriter::~FrameWriter() = default;

fs::path FrameWriter::numbered(std::size_t frame) const {
  return path_.parent_path() / fmt::format("{}-{:05}.png", path_.stem().string(), frame);
}

void FrameWriter::add(const Pixels& frame) {
  const bool odd_cut = video_ && frame.width - width_ <= 1 && frame.height - height_ <= 1;
  if (frame.width < width_ || frame.height < height_ ||
      (!odd_cut && (frame.width != width_ || frame.height != height_)))
    throw Error(fmt::format("the frame has {} x {} pixels, the recording {} x {}", frame.width,
                            frame.height, width_, height_), path_.string());
  ++frames_;
  if (!video_) {
    write_png(frame, numbered(frames_));
    return;
  }
  const bool whole_rows = frame.width == width_;
  const auto rows = static_cast<std::size_t>(height_);
  const std::size_t row_bytes = static_cast<std::size_t>(width_) * 4;
  for (std::size_t row = 0; row < (whole_rows ? 1 : rows); ++row) {
    const std::size_t first = row * static_cast<std::size_t>(frame.width) * 4;
    if (video_->write(frame.rgba.data() + first, whole_rows ? rows * row_bytes : row_bytes))
      continue;
    video_->wait();
    throw Error("ffmpeg gave up: " + last_words(video_->log), path_.string(),
                "record a .png sequence instead");
  }
}

void FrameWriter::finish() {
  if (!video_) return;
  if (!video_->wait())
    throw Error("ffmpeg failed: " + last_words(video_->log), path_.string(),
                "record a .png sequence instead");
  video_->file.commit();
  video_.reset();
}

std::string FrameWriter::written() const {
  if (path_.extension() != ".png") return path_.string();
  return frames_ == 1 ? numbered(1).string()
                      : numbered(1).string() + " to " + numbered(frames_).string();
}

}  // namespace volley
