// Images in idx files, their limits and damages, and the codes that make spikes of them.
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/random.hpp"
#include "datasets/idx_file.hpp"
#include "datasets/load_spikes.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

std::string word(std::size_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string idx(const std::vector<std::size_t>& sizes, const std::string& values) {
  std::string bytes{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
  for (const std::size_t size : sizes) bytes += word(size);
  return bytes + values;
}

void write_gz(const fs::path& file, const std::string& bytes) {
  gzFile out = gzopen(file.c_str(), "wb");
  ASSERT_NE(out, nullptr);
  ASSERT_EQ(gzwrite(out, bytes.data(), static_cast<unsigned>(bytes.size())),
            static_cast<int>(bytes.size()));
  gzclose(out);
}

/// Image i is all pixels 10 * i + 1; its label i % 10.
void write_split(const TempFolder& folder, const std::string& stem, std::size_t images) {
  std::string pixels, labels;
  for (std::size_t i = 0; i < images; ++i) {
    pixels += std::string(784, static_cast<char>(10 * i + 1));
    labels += static_cast<char>(i % 10);
  }
  write_gz(folder / (stem + "-images-idx3-ubyte.gz"), idx({images, 28, 28}, pixels));
  write_file(folder / (stem + "-labels-idx1-ubyte"), idx({images}, labels));
}

DatasetRequest request_of(const TempFolder& folder, const std::string& split) {
  DatasetRequest request;
  request.name = "fashion-mnist";
  request.directory = folder.path();
  request.split = split;
  return request;
}

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.where() + ": " + error.problem();
  }
  return "no error";
}

TEST(Images, are_read_packed_and_plain) {
  const TempFolder folder;
  write_split(folder, "train", 25);
  write_split(folder, "t10k", 12);
  const auto train = open_dataset(request_of(folder, "Train"));
  ASSERT_EQ(train->size(), 25u);
  EXPECT_EQ(train->label(13), 3);
  EXPECT_EQ(train->image(13).size(), 784u);
  EXPECT_EQ(train->image(13)[783], 131);
  EXPECT_EQ(train->name(13), "train-00013");
  EXPECT_EQ(open_dataset(request_of(folder, "test"))->size(), 12u);
  DatasetRequest few = request_of(folder, "Train");
  few.limit = 12;
  const auto limited = open_dataset(few);
  ASSERT_EQ(limited->size(), 12u);
  EXPECT_EQ(limited->name(11), "train-00011");
  const Recording recording = train->load(13);
  ASSERT_EQ(recording.events.size(), 784u);
  EXPECT_EQ(recording.events.front().t, (255 - 131) * 100);
}

TEST(Images, damage_is_named_with_its_place) {
  const TempFolder folder;
  const fs::path file = folder / "x";
  const auto read = [&] { read_idx(file, 3); };
  const std::string good = idx({2, 2, 2}, "abcdefgh");
  write_file(file, good);
  EXPECT_EQ(read_idx(file, 3).values.size(), 8u);
  for (std::size_t length = 0; length < good.size(); ++length) {
    write_file(file, good.substr(0, length));
    EXPECT_NE(message_of(read).find("ends"), std::string::npos) << length;
  }
  write_file(file, good + "i");
  EXPECT_NE(message_of(read).find("goes on"), std::string::npos);
  write_file(file, idx({1000000, 1000, 1000}, "abc"));
  EXPECT_NE(message_of(read).find("1 GiB"), std::string::npos);
  write_file(file, idx({0, 2, 2}, ""));
  EXPECT_NE(message_of(read).find("empty"), std::string::npos);
  write_file(file, idx({8}, "abcdefgh"));
  EXPECT_NE(message_of(read).find("not an idx file"), std::string::npos);
  write_gz(file, good);
  const std::string packed = read_file(file);
  write_file(file, packed.substr(0, packed.size() - 12));
  EXPECT_NE(message_of(read), "no error");
  EXPECT_NE(message_of([&] { read_idx(folder / "absent", 3); }), "no error");
}

TEST(Images, random_bytes_never_get_past_an_error) {
  const TempFolder folder;
  RandomEngine random(3);
  boost::random::uniform_int_distribution<int> byte(0, 255), place(0, 15), length(0, 40);
  const std::string good = idx({2, 2, 2}, "abcdefgh");
  for (int round = 0; round < 300; ++round) {
    std::string bytes = good;
    for (int change = 0; change < 3; ++change)
      bytes[static_cast<std::size_t>(place(random))] = static_cast<char>(byte(random));
    bytes.resize(static_cast<std::size_t>(length(random)));
    write_file(folder / "x", bytes);
    try {
      const IdxArray array = read_idx(folder / "x", 3);
      EXPECT_EQ(array.sizes.size(), 3u);
      EXPECT_EQ(array.values.size(), array.sizes[0] * array.sizes[1] * array.sizes[2]);
    } catch (const Error&) {
    }
  }
}

TEST(Images, labels_must_fit_the_images) {
  const TempFolder folder;
  write_split(folder, "train", 3);
  write_file(folder / "train-labels-idx1-ubyte", idx({2}, std::string(2, '\1')));
  EXPECT_NE(message_of([&] { open_dataset(request_of(folder, "Train")); }).find("2 labels for 3"),
            std::string::npos);
  write_file(folder / "train-labels-idx1-ubyte", idx({3}, std::string("\0\1\12", 3)));
  EXPECT_NE(message_of([&] { open_dataset(request_of(folder, "Train")); }).find("no class"),
            std::string::npos);
  EXPECT_NE(message_of([&] { open_dataset(request_of(folder, "valid")); }).find("no split"),
            std::string::npos);
}

TEST(ImageCodes, latency_fires_each_lit_pixel_once_and_brighter_ones_earlier) {
  const std::vector<std::uint8_t> pixels{0, 1, 128, 255, 127, 254};
  const SpikeTrain train = encode_image(pixels, ImageEncoding::latency, 4, 1);
  EXPECT_EQ(train.steps, 4u);
  EXPECT_EQ(train.indices, (std::vector<std::uint32_t>{3, 5, 2, 4, 1}));
  EXPECT_EQ(train.offsets, (std::vector<std::uint32_t>{0, 2, 3, 4, 5}));
  EXPECT_EQ(encode_image(pixels, ImageEncoding::automatic, 4, 1), train);
}

TEST(ImageCodes, rate_follows_the_pixel_and_the_seed) {
  const std::vector<std::uint8_t> pixels{0, 51, 255};
  const SpikeTrain train = encode_image(pixels, ImageEncoding::rate, 4000, 1);
  std::vector<double> count(3, 0.0);
  for (const std::uint32_t index : train.indices) count[index] += 1;
  EXPECT_EQ(count[0], 0);
  EXPECT_NEAR(count[1] / 4000, 0.2, 0.03);
  EXPECT_EQ(count[2], 4000);
  EXPECT_EQ(encode_image(pixels, ImageEncoding::rate, 4000, 1), train);
  EXPECT_NE(encode_image(pixels, ImageEncoding::rate, 4000, 2), train);
}

TEST(ImageCodes, direct_holds_the_values_at_every_step) {
  const SpikeTrain train =
      encode_image(std::vector<std::uint8_t>{0, 51, 255}, ImageEncoding::direct, 3, 1);
  EXPECT_EQ(train.spikes(), 6u);
  for (std::uint32_t t = 0; t < 3; ++t) {
    ASSERT_EQ(train.step(t).size(), 2u);
    EXPECT_EQ(train.step(t)[1], 2u);
    EXPECT_FLOAT_EQ(train.values_at(t)[0], 0.2f);
    EXPECT_FLOAT_EQ(train.values_at(t)[1], 1.0f);
  }
  EXPECT_THROW(encode_image(std::vector<std::uint8_t>{1}, ImageEncoding::direct, 0, 1), Error);
}

TEST(ImageCodes, saccades_show_the_image_to_an_event_camera) {
  const SensorSize image{28, 28, 1};
  std::vector<std::uint8_t> pixels(image.inputs(), 0);
  for (std::size_t y = 8; y < 20; ++y)
    for (std::size_t x = 10; x < 16; ++x) pixels[y * 28 + x] = 255;
  const Recording seen = saccade_events(pixels, image, 5);
  EXPECT_EQ(seen.sensor, (SensorSize{28, 28, 2}));
  EXPECT_EQ(seen.events, saccade_events(pixels, image, 5).events);
  EXPECT_NE(seen.events, saccade_events(pixels, image, 6).events);
  std::size_t near_edges = 0, on = 0;
  std::int64_t before = 0;
  for (const Event& event : seen.events) {
    EXPECT_GE(event.t, before);
    EXPECT_LT(event.t, saccade_duration_us);
    before = event.t;
    near_edges += event.x >= 7 && event.x <= 18 && event.y >= 7 && event.y <= 23;
    on += event.p;
  }
  EXPECT_GT(seen.events.size(), 300u);
  EXPECT_GT(near_edges, seen.events.size() * 7 / 10) << "the rest is noise";
  EXPECT_GT(on, seen.events.size() / 4);
  EXPECT_LT(on, seen.events.size() * 3 / 4);
  // The same rectangle moved by a pixel gives about the same events a pixel further.
  const std::vector<std::uint8_t> black(image.inputs(), 0);
  EXPECT_LT(saccade_events(black, image, 5).events.size(), 400u) << "noise alone";
}

TEST(ImageCodes, are_refused_for_event_recordings) {
  DatasetRequest request;
  request.name = "synthetic-digits";
  request.synthetic_size = 1;
  const auto digits = open_dataset(request);
  BinOptions options;
  options.encoding = ImageEncoding::direct;
  EXPECT_THROW(load_train(*digits, 0, options), Error);
}

TEST(Images, fashion_mnist_is_read_whole) {
  const fs::path folder = fs::path(VOLLEY_SHARED_DIR) / "data" / "fashion-mnist";
  if (!fs::exists(folder)) GTEST_SKIP() << "no " << folder;
  DatasetRequest request;
  request.name = "fashion-mnist";
  request.directory = folder;
  for (const auto& [split, images] : {std::pair{"Train", 60000u}, std::pair{"Test", 10000u}}) {
    request.split = split;
    const auto dataset = open_dataset(request);
    ASSERT_EQ(dataset->size(), images);
    std::vector<std::size_t> count(10, 0);
    for (std::size_t i = 0; i < dataset->size(); ++i)
      ++count[static_cast<std::size_t>(dataset->label(i))];
    for (const std::size_t n : count) EXPECT_EQ(n, images / 10);
  }
}

}  // namespace
}  // namespace volley::test
