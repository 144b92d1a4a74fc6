// Frames into a moving picture: numbered PNG files by ourselves, everything else by ffmpeg. Must not
// know what the frames show.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "viz/pixels.hpp"

namespace volley {

class FrameWriter {
public:
  /// @param path by its ending: .png writes a sequence ("frames.png" gives frames-00001.png and so
  /// on), .gif and .mp4 (or .webm, .mkv, .avi, .mov) one file through ffmpeg, which has its name
  /// only once finish() was called. @param width, height of all frames; for videos the last odd
  /// row and column are cut off, since most codecs want even numbers
  /// @throws Error for another ending, where the folder cannot be made, or ffmpeg is not installed
  FrameWriter(std::filesystem::path path, int width, int height, double frames_per_second);
  /// Without finish() a video is given up and no file is left; PNG files stay.
  ~FrameWriter();
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;

  /// @throws Error for a frame of another size, or where it cannot be written
  void add(const Pixels& frame);
  /// Completes the file. @throws Error where ffmpeg failed, with its last words
  void finish();
  std::size_t frames() const { return frames_; }
  /// "frames-00001.png to frames-00042.png", or the file.
  std::string written() const;

  /// Empty where a file of this name can be written, else why not and what to do.
  static std::string why_not(const std::filesystem::path& path);

private:
  struct Video;

  std::filesystem::path numbered(std::size_t frame) const;

  std::filesystem::path path_;
  int width_, height_;
  std::size_t frames_ = 0;
  std::unique_ptr<Video> video_;
};

}  // namespace volley
