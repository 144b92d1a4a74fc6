// Real recordings of every container beside the project: counts, first and last events, and digests
// that others have published, as PROVENANCE.md tells them.
#include "datasets/open_recording.hpp"

#include <fstream>

#include "sha3.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

struct Golden {
  const char* file;
  const char* format;
  std::uint64_t events;
  Event first, last;
  SensorSize sensor;
  std::uint64_t skipped = 0;
  StreamOptions options = {};
};

std::ostream& operator<<(std::ostream& out, const Golden& golden) { return out << golden.file; }

StreamOptions with(void (*change)(StreamOptions&)) {
  StreamOptions options;
  change(options);
  return options;
}

fs::path shared(const std::string& file) { return fs::path(VOLLEY_SHARED_DIR) / "data" / file; }

class FormatFiles : public testing::TestWithParam<Golden> {};

TEST_P(FormatFiles, DecodesAsPublished) {
  const Golden& golden = GetParam();
  const fs::path path = shared(golden.file);
  if (!fs::exists(path)) GTEST_SKIP() << "no file " << path;
  const auto stream = open_recording(path, golden.options);
  EXPECT_EQ(stream->format(), golden.format);
  EXPECT_EQ(stream->sensor(), golden.sensor);
  const Decoded decoded = decode(*stream);
  EXPECT_EQ(decoded.report.damage, "");
  EXPECT_EQ(decoded.report.out_of_order, 0u);
  EXPECT_EQ(decoded.report.dropped, 0u);
  EXPECT_EQ(decoded.report.skipped, golden.skipped);
  ASSERT_EQ(decoded.events.size(), golden.events);
  if (golden.events == 0) return;
  const auto show = [](const Event& e) {
    return std::to_string(e.t) + " " + std::to_string(e.x) + " " + std::to_string(e.y) + " " +
           std::to_string(e.p);
  };
  EXPECT_EQ(show(decoded.events.front()), show(golden.first));
  EXPECT_EQ(show(decoded.events.back()), show(golden.last));
}

const Golden goldens[] = {
    {"formats/aedat2/dvs128_2017-03-21-short.aedat",
     "AEDAT 2 (dvs128)",
     130114,
     {113476330, 57, 2, 1},
     {119657829, 60, 8, 0},
     {128, 128, 2}},
    {"formats/aedat2/synthetic_TranslatingSquare.aedat",
     "AEDAT 2 (davis)",
     16000,
     {50000, 169, 30, 0},
     {5000000, 31, 169, 1},
     {1024, 512, 2}},
    {"formats/aedat2/tonic_davis346_header_only.aedat",
     "AEDAT 2 (davis)",
     0,
     {},
     {},
     {346, 260, 2}},
    {"formats/aedat2/nas_cochlea_sound_mono_32ch_ONOFF_addr2b_ts02.aedat",
     "AEDAT 2 without a header (cochlea)",
     49864,
     {573010, 9, 0, 1},
     {6296705, 48, 0, 1},
     {65536, 1, 2}},
    {"formats/aedat2/nas_cochlea_130Hz_mono_64ch_ONOFF_addr2b_ts02.aedat",
     "AEDAT 2 without a header (cochlea-onoff)",
     331949,
     {0, 1, 0, 0},
     {496680, 35, 0, 0},
     {65536, 1, 2},
     0,
     with([](StreamOptions& o) {
       o.tick_us = 0.2;
       o.layout = "cochlea-onoff";
     })},
    {"formats/aedat2/nas_cochlea_enun_stereo_64ch_ONOFF_addr4b_ts1.aedat",
     "AEDAT 2 without a header (cochlea)",
     428635,
     {0, 234, 0, 1},
     {13741184, 220, 0, 1},
     {65536, 1, 2}},
    {"formats/aedat31_synthetic/aedat1_for_testing.aedat",
     "AEDAT 3.1",
     0,
     {},
     {},
     {32768, 32768, 2},
     12},
    {"formats/aedat31_synthetic/aedat1_for_testing.aedat",
     "AEDAT 3.1",
     12,
     {10, 0, 0, 1},
     {2178812, 1, 1, 1},
     {32768, 32768, 2},
     0,
     with([](StreamOptions& o) { o.keep_invalid = true; })},
    {"formats/aedat31_synthetic/aedat2_for_testing.aedat",
     "AEDAT 3.1",
     18,
     {10, 0, 0, 1},
     {2178812, 1, 1, 1},
     {32768, 32768, 2},
     0,
     with([](StreamOptions& o) { o.keep_invalid = true; })},
    {"formats/aedat31_synthetic/aedat3_for_testing.aedat",
     "AEDAT 3.1",
     5,
     {15, 127, 126, 1},
     {1288, 17, 17, 1},
     {32768, 32768, 2},
     0,
     with([](StreamOptions& o) { o.keep_invalid = true; })},
    {"formats/dat/tonic_ncars.dat",
     "Prophesee DAT",
     2009,
     {0, 25, 8, 0},
     {99952, 75, 28, 1},
     {16384, 16384, 2}},
    {"formats/evt2/faery_sparklers_evt2.raw",
     "Prophesee EVT2",
     521252,
     {913716224, 35, 443, 1},
     {913812095, 12, 471, 0},
     {640, 480, 2}},
    {"formats/evt3/expelliarmus_evt3_sample.raw",
     "Prophesee EVT3",
     219596,
     {11718656, 874, 200, 0},
     {11727457, 1218, 572, 1},
     {1280, 720, 2}},
    {"formats/evt3/ros_evt3_trigger_payload_headerless.raw",
     "Prophesee EVT3",
     82469,
     {14224870, 354, 604, 1},
     {15476187, 15, 157, 0},
     {2048, 2048, 2},
     2 + 12512 + 15688 + 25024},
    {"formats/es/faery_dvs.es",
     "Event Stream (dvs)",
     473225,
     {0, 0, 0, 1},
     {999000, 38, 193, 1},
     {320, 240, 2}},
    {"formats/es/faery_color.es",
     "Event Stream (color)",
     473225,
     {0, 0, 0, 1},
     {999000, 38, 193, 1},
     {320, 240, 2}},
    {"formats/es/faery_generic.es",
     "Event Stream (generic)",
     70,
     {0, 0, 0, 1},
     {1207922, 0, 0, 1},
     {1, 1, 2}},
    {"formats/aedat4/tonic_sample.aedat4",
     "AEDAT4 (LZ4)",
     111954,
     {1605537493718345, 154, 204, 0},
     {1605537494308262, 88, 237, 1},
     {320, 240, 2},
     59},
    {"formats/mat/tonic_stmnist_sample.mat",
     "MATLAB (ST-MNIST spiketrain)",
     2346,
     {196626, 5, 4, 0},
     {895745, 6, 4, 1},
     {10, 10, 2}},
    {"formats/evt3/expelliarmus_evt3_sample.npy",
     "NumPy (fields)",
     219596,
     {11718656, 874, 200, 0},
     {11772513, 1218, 572, 1},
     {32768, 32768, 2}},
    {"formats/csv/aestream_sample.csv",
     "text",
     100,
     {0, 0, 0, 0},
     {99, 99, 99, 0},
     {65536, 65536, 2}},
    {"formats/slayer_bs/NTIDIGITS_1.bs1",
     "SLAYER .bs1",
     898,
     {0, 63, 0, 1},
     {1079040, 19, 0, 1},
     {65536, 1, 2}},
    {"dvs_gesture/1.bs2", "ATIS .bin", 63471, {28, 49, 82, 0}, {1449996, 58, 79, 0}, {304, 240, 2}},
    {"dvs_gesture/1.bs3",
     "SLAYER .bs3",
     63471,
     {28, 49, 82, 0},
     {1449996, 58, 79, 0},
     {4096, 4096, 2}},
};

INSTANTIATE_TEST_SUITE_P(Each, FormatFiles, testing::ValuesIn(goldens));

/// Digests of the four fields as neuromorphicsystems/faery publishes them in tests/assets.py.
struct Digests {
  const char *file, *t, *x, *y, *on;
};

TEST(FormatFilesDigests, EqualThoseThatFaeryPublishes) {
  const char* const es_t = "6f3f9af2e99d83707fd74fef3486abdd9f2f81680d3c4fcc306b1965";
  const char* const es_x = "976eab4dc499e350481c3f568f71b2713e3ffa944bc1866f31448460";
  const char* const es_y = "6ccc2ff279b4fb7f87b37d128d84da6771df6b40b624bf3cd4e6622a";
  const Digests all[] = {
      {"es/faery_dvs.es", es_t, es_x, es_y,
       "6f3c58f949e7c11c55707d11f739d98669882d551403c79482ab81f9"},
      {"es/faery_color.es", es_t, es_x, es_y, nullptr},
      {"es/faery_generic.es", "4be986c09dccc23887a40a261e8b95ac8c5ab8d0812efd0f78065d78", nullptr,
       nullptr, nullptr},
      {"evt2/faery_sparklers_evt2.raw", "9855ba39c1baea316ae623b72466e420df60a7510248391856eb4eaf",
       "93fc6cff19b483fd48ca53345c6c1cf05123681d7b7272a1717e9303",
       "07cfaef58e5fa71ce9910ed5b88fb7e9fcf71e4a8654cc2c4666f1ae",
       "d2b5e9c4047f4c431937b24cd46c8b504e055372b0ded1df77f0ffa1"}};
  for (const Digests& digests : all) {
    const fs::path path = shared(std::string("formats/") + digests.file);
    if (!fs::exists(path)) GTEST_SKIP() << "no file " << path;
    Sha3 t, x, y, on;
    for (const Event& event : decode(*open_recording(path)).events) {
      t.add_little(event.t);
      x.add_little(event.x);
      y.add_little(event.y);
      on.add_little(event.p);
    }
    EXPECT_EQ(t.hex(), digests.t) << digests.file;
    if (digests.x != nullptr) {
      EXPECT_EQ(x.hex(), digests.x) << digests.file;
    }
    if (digests.y != nullptr) {
      EXPECT_EQ(y.hex(), digests.y) << digests.file;
    }
    if (digests.on != nullptr) {
      EXPECT_EQ(on.hex(), digests.on) << digests.file;
    }
  }
}

TEST(FormatFilesDigests, Sha3OfTheEmptyMessage) {
  EXPECT_EQ(Sha3().hex(), "6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7");
}

TEST(FormatFilesPairs, Evt3AgreesWithTheArrayBesideIt) {
  const fs::path raw = shared("formats/evt3/expelliarmus_evt3_sample.raw");
  const fs::path npy = shared("formats/evt3/expelliarmus_evt3_sample.npy");
  if (!fs::exists(raw) || !fs::exists(npy)) GTEST_SKIP() << "no files " << raw << ", " << npy;
  const auto words = decode(*open_recording(raw)).events;
  const auto array = decode(*open_recording(npy)).events;
  ASSERT_EQ(words.size(), array.size());
  // Its times are wrong from the first step back of TIME_LOW on, which was taken for an overflow.
  for (std::size_t i = 0; i < words.size(); ++i) {
    ASSERT_EQ(words[i].x, array[i].x) << i;
    ASSERT_EQ(words[i].y, array[i].y) << i;
    ASSERT_EQ(words[i].p, array[i].p) << i;
  }
}

TEST(FormatFilesPairs, TheTwoCopiesOfAGestureClipAgree) {
  const fs::path bs2 = shared("dvs_gesture/1.bs2"), bs3 = shared("dvs_gesture/1.bs3");
  if (!fs::exists(bs2) || !fs::exists(bs3)) GTEST_SKIP() << "no files " << bs2 << ", " << bs3;
  EXPECT_EQ(decode(*open_recording(bs2)).events, decode(*open_recording(bs3)).events);
  for (int clip = 1; clip <= 10; ++clip) {
    const auto stream = open_recording(shared("dvs_gesture/" + std::to_string(clip) + ".bs2"),
                                       with([](StreamOptions& o) {
                                         o.sensor = {128, 128, 2};
                                       }));
    const Decoded decoded = decode(*stream);
    EXPECT_EQ(decoded.report.damage, "");
    EXPECT_GE(decoded.events.size(), 63'000u);
    EXPECT_LE(decoded.events.size(), 182'000u);
  }
}

}  // namespace
}  // namespace volley::test
