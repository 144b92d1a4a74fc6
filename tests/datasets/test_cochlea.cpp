// WAV files, filter banks against their definitions, and the spiking codes of a cochlea.
#include "datasets/cochlea.hpp"

#include <cmath>
#include <complex>
#include <cstring>
#include <map>
#include <numbers>
#include <random>

#include "datasets/dataset.hpp"
#include "datasets/filter_bank.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

std::string little(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t k = 0; k < size; ++k) bytes += static_cast<char>(value >> (8 * k) & 0xff);
  return bytes;
}

std::string chunk(const std::string& name, const std::string& body) {
  return name + little(body.size(), 4) + body + (body.size() % 2 == 1 ? std::string(1, '\0') : "");
}

/// A format chunk.
std::string format(int tag, int channels, int rate, int bits) {
  return chunk("fmt ", little(static_cast<std::uint64_t>(tag), 2) +
                           little(static_cast<std::uint64_t>(channels), 2) +
                           little(static_cast<std::uint64_t>(rate), 4) +
                           little(static_cast<std::uint64_t>(rate * channels * bits / 8), 4) +
                           little(static_cast<std::uint64_t>(channels * bits / 8), 2) +
                           little(static_cast<std::uint64_t>(bits), 2));
}

std::string wav(const std::string& chunks) {
  return "RIFF" + little(chunks.size() + 4, 4) + "WAVE" + chunks;
}

Sound read(const std::string& bytes) { return read_wav(bytes, "a.wav"); }

template <class Float>
std::string raw(Float value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

TEST(Wav, reads_every_sample_format) {
  const std::vector<float> expected{0.0f, 0.5f, -1.0f};
  const auto samples = [](int tag, int bits, const std::string& data) {
    const Sound sound = read(wav(format(tag, 1, 8000, bits) + chunk("data", data)));
    EXPECT_EQ(sound.rate_hz, 8000);
    return sound.samples;
  };
  EXPECT_EQ(samples(1, 8, std::string("\x80\xc0\x00", 3)), expected);
  EXPECT_EQ(samples(1, 16, std::string("\0\0\0\x40\0\x80", 6)), expected);
  EXPECT_EQ(samples(1, 24, std::string("\0\0\0\0\0\x40\0\0\x80", 9)), expected);
  EXPECT_EQ(samples(1, 32, std::string("\0\0\0\0\0\0\0\x40\0\0\0\x80", 12)), expected);
  EXPECT_EQ(samples(3, 32, raw(0.0f) + raw(0.5f) + raw(-1.0f)), expected);
  EXPECT_EQ(samples(3, 64, raw(0.0) + raw(0.5) + raw(-1.0)), expected);
}

TEST(Wav, averages_channels_and_passes_chunks_over) {
  const std::string stereo("\x00\x40\x00\x00\x00\xc0\x00\xc0", 8);
  const Sound sound = read(wav(chunk("LIST", "odd") + format(1, 2, 16000, 16) +
                               chunk("fact", "1234") + chunk("data", stereo) + "rubbish"));
  EXPECT_EQ(sound.rate_hz, 16000);
  EXPECT_EQ(sound.samples, (std::vector<float>{0.25f, -0.5f}));
  std::string endless = wav(format(1, 1, 8000, 16)) + "data" + little(0xffffffff, 4) +
                        std::string("\x00\x40\x00\x40\x01", 5);
  EXPECT_EQ(read(endless).samples.size(), 2u) << "written by a program that cannot seek";
  std::string extensible = format(0xfffe, 1, 8000, 16);
  extensible = chunk("fmt ", extensible.substr(8) + little(22, 2) + little(16, 2) + little(4, 4) +
                                 little(1, 2) + std::string(14, 'g'));
  EXPECT_EQ(read(wav(extensible + chunk("data", std::string(4, '\0')))).samples.size(), 2u);
}

TEST(Wav, tells_damage_with_its_byte) {
  const std::string good = wav(format(1, 1, 8000, 16) + chunk("data", std::string(10, '\1')));
  const auto refuses = [](const std::string& bytes, std::string_view what, std::string_view where) {
    expect_error([&] { read(bytes); }, what, where, "16-bit PCM");
  };
  refuses("", "does not begin with RIFF", "a.wav: byte 0");
  refuses("RIFX" + good.substr(4), "does not begin with RIFF", "byte 0");
  refuses(good.substr(0, good.size() - 3), "the data end early: 10 bytes promised, 7 there",
          "byte 51");
  refuses(wav(chunk("data", "1234")), "come before their format", "byte 12");
  refuses(wav(format(1, 1, 8000, 16)), "no data chunk", "byte 36");
  refuses(wav(format(2, 1, 8000, 16)), "format 2 with 16 bits", "byte 20");
  refuses(wav(format(1, 1, 8000, 12)), "format 1 with 12 bits", "byte 20");
  refuses(wav(format(1, 0, 8000, 16)), "0 channels", "byte 22");
  refuses(wav(format(1, 1, 0, 16)), "0 Hz", "byte 24");
  refuses(wav(format(1, 1, 8000, 16) + chunk("data", "123")), "last sample is not whole",
          "byte 46");
  refuses(wav(format(3, 1, 8000, 32) + chunk("data", raw(std::nanf("")))), "not a finite",
          "byte 44");
  refuses(wav("LIST" + little(4000, 4) + "x"), "after the end", "byte 12");
}

TEST(Wav, no_bytes_crash_it) {
  const std::string good = wav(format(3, 2, 8000, 32) + chunk("data", std::string(64, '\1')));
  std::mt19937_64 random(5);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = good.substr(0, round % 4 == 0 ? random() % good.size() : good.size());
    for (int change = 0; change < round % 5 && !bytes.empty(); ++change)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    try {
      EXPECT_LE(read(bytes).samples.size(), bytes.size());
    } catch (const Error&) {
    }
  }
}

Sound tone(double hz, double seconds, int rate = 8000, double amplitude = 0.5) {
  Sound sound;
  sound.rate_hz = rate;
  for (int i = 0; i < static_cast<int>(seconds * rate); ++i)
    sound.samples.push_back(
        static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * hz * i / rate)));
  return sound;
}

TEST(FilterBank, mel_powers_are_those_of_a_plain_transform) {
  Sound sound = tone(700, 0.1);
  for (std::size_t i = 0; i < sound.samples.size(); ++i)
    sound.samples[i] += static_cast<float>(i * 7919 % 101) / 500.0f;
  const BankRange range{12, 60, 3800};
  const std::size_t window = 200, size = 256, frames = 10;
  const double hop = 80;
  const std::vector<float> powers = mel_powers(sound, range, window, hop, frames);
  const std::vector<float> weights = mel_weights(range, size, 8000);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    std::vector<double> expected(range.channels, 0.0);
    for (std::size_t bin = 0; bin <= size / 2; ++bin) {
      std::complex<double> sum = 0;
      for (std::size_t i = 0; i < window; ++i) {
        const auto at = static_cast<std::int64_t>(frame * 80 + i) - 100;
        if (at < 0 || at >= static_cast<std::int64_t>(sound.samples.size())) continue;
        const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi *
                                                 (static_cast<double>(i) + 0.5) / 200);
        sum += hann * static_cast<double>(sound.samples[static_cast<std::size_t>(at)]) *
               std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(bin * i) / 256);
      }
      for (std::size_t channel = 0; channel < range.channels; ++channel)
        expected[channel] += static_cast<double>(weights[channel * (size / 2 + 1) + bin]) *
                             std::norm(sum);
    }
    for (std::size_t channel = 0; channel < range.channels; ++channel)
      EXPECT_NEAR(powers[frame * range.channels + channel], expected[channel],
                  1e-4 * (1 + expected[channel]));
  }
}

TEST(FilterBank, scales_of_hearing) {
  EXPECT_NEAR(mel_of_hz(1000), 1000, 1);
  EXPECT_NEAR(hz_of_mel(mel_of_hz(440)), 440, 1e-9);
  EXPECT_NEAR(erb_of_hz(1000), 132.6, 0.1);
  EXPECT_NEAR(hz_of_erb_rate(erb_rate_of_hz(440)), 440, 1e-9);
  // Every channel sees some of the spectrum, 700 channels of 257 bins too.
  const std::vector<float> weights = mel_weights({700, 60, 3800}, 512, 8000);
  for (std::size_t channel = 0; channel < 700; ++channel) {
    float sum = 0;
    for (std::size_t bin = 0; bin < 257; ++bin) sum += weights[channel * 257 + bin];
    EXPECT_GT(sum, 0.3f) << channel;
  }
}

TEST(FilterBank, gammatone_filters_pass_their_centre) {
  const BankRange range{16, 100, 3500};
  for (const std::size_t channel : {2u, 8u, 15u}) {
    const double low = erb_rate_of_hz(100), high = erb_rate_of_hz(3500);
    const double centre = hz_of_erb_rate(low + (high - low) * static_cast<double>(channel) / 15);
    const std::vector<float> powers = gammatone_powers(tone(centre, 0.5), range, 400, 10);
    const float* last = powers.data() + 9 * 16;
    EXPECT_NEAR(last[channel], 0.5 * 0.5 / 2, 0.01) << "gain 1 at the centre";
    for (std::size_t other = 0; other < 16; ++other)
      EXPECT_TRUE(other == channel || last[other] < last[channel]);
    // Against the impulse response t^3 exp(-2 pi b t) cos(2 pi f t) of the definition.
    const double off = centre * 1.1;
    double real = 0, imaginary = 0, gain = 0;
    const double b = 1.019 * erb_of_hz(centre);
    for (int i = 1; i < 8000; ++i) {
      const double t = i / 8000.0;
      const double envelope = t * t * t * std::exp(-2 * std::numbers::pi * b * t);
      gain += envelope;
      real += envelope * std::cos(2 * std::numbers::pi * (off - centre) * t);
      imaginary += envelope * std::sin(2 * std::numbers::pi * (off - centre) * t);
    }
    const double expected = (real * real + imaginary * imaginary) / (gain * gain);
    const std::vector<float> beside = gammatone_powers(tone(off, 0.5), range, 400, 10);
    EXPECT_NEAR(beside[9 * 16 + channel] / last[channel], expected, 0.05);
  }
}

std::map<int, std::size_t> spikes_by_channel(const Recording& recording) {
  std::map<int, std::size_t> count;
  for (const Event& event : recording.events) ++count[event.x];
  return count;
}

TEST(Cochlea, a_tone_is_loudest_where_it_belongs) {
  for (const FilterBank bank : {FilterBank::mel, FilterBank::gammatone}) {
    CochleaOptions options;
    options.bank = bank;
    int before = -1;
    for (const double hz : {200.0, 600.0, 1500.0, 3000.0}) {
      const auto count = spikes_by_channel(cochlea_spikes(tone(hz, 0.5), options, "tone"));
      const auto most = std::max_element(count.begin(), count.end(), [](auto& a, auto& b) {
        return a.second < b.second;
      });
      EXPECT_GT(most->first, before) << "higher tones lie further up";
      before = most->first;
      EXPECT_GT(most->second, 60u);
      EXPECT_LE(most->second, 101u) << "200 a second at most";
    }
  }
}

TEST(Cochlea, rate_code_integrates_levels) {
  CochleaOptions options;
  options.channels = 8;
  const Sound sound = tone(800, 0.4);
  const std::vector<float> levels = cochlea_levels(sound, options);
  const Recording recording = cochlea_spikes(sound, options, "tone");
  EXPECT_EQ(levels.size(), 80u * 8);
  const auto count = spikes_by_channel(recording);
  for (int channel = 0; channel < 8; ++channel) {
    double sum = 0;
    for (std::size_t frame = 0; frame < 80; ++frame)
      sum += static_cast<double>(levels[frame * 8 + static_cast<std::size_t>(channel)]);
    const auto found = count.find(channel);
    EXPECT_NEAR(found == count.end() ? 0.0 : static_cast<double>(found->second), sum, 1.0);
  }
  for (std::size_t i = 1; i < recording.events.size(); ++i)
    EXPECT_LE(recording.events[i - 1].t, recording.events[i].t);
  EXPECT_LT(recording.events.back().t, 400'000);
}

TEST(Cochlea, delta_code_follows_levels) {
  CochleaOptions options;
  options.channels = 8;
  options.code = CochleaCode::delta;
  options.threshold = 0.1;
  Sound sound = tone(800, 0.2);
  const Sound silence = tone(800, 0.2, 8000, 0);
  sound.samples.insert(sound.samples.end(), silence.samples.begin(), silence.samples.end());
  const std::vector<float> levels = cochlea_levels(sound, options);
  const Recording recording = cochlea_spikes(sound, options, "tone");
  EXPECT_EQ(recording.sensor, (SensorSize{8, 1, 2}));
  std::vector<double> told(8, 0.0);
  std::size_t at = 0;
  for (std::size_t frame = 0; frame < levels.size() / 8; ++frame) {
    const auto end = static_cast<std::int64_t>(frame + 1) * 5000;
    for (; at < recording.events.size() && recording.events[at].t < end; ++at)
      told[recording.events[at].x] += recording.events[at].p == 1 ? 0.1 : -0.1;
    for (std::size_t channel = 0; channel < 8; ++channel)
      EXPECT_NEAR(told[channel], static_cast<double>(levels[frame * 8 + channel]), 0.1 + 1e-5);
  }
}

TEST(Cochlea, silence_is_silent_and_short_sound_is_short) {
  EXPECT_TRUE(cochlea_spikes(tone(500, 0.3, 8000, 0), {}, "silence").events.empty());
  Sound none;
  none.rate_hz = 8000;
  EXPECT_TRUE(cochlea_spikes(none, {}, "none").events.empty());
  EXPECT_FALSE(cochlea_spikes(tone(500, 0.004), {}, "short").events.empty());
  CochleaOptions wide;
  wide.high_hz = 5000;
  expect_error([&] { cochlea_spikes(tone(500, 0.1), wide, "a.wav"); }, "does not fit", "a.wav",
               "half the sampling rate");
}

TEST(Cochlea, options_are_read_strictly) {
  NamedValues given{"cochlea", {{"channels", 700.0}, {"bank", std::string("gammatone")}}, "r:1:1"};
  const CochleaOptions options = read_cochlea_options(given);
  EXPECT_EQ(options.channels, 700);
  EXPECT_EQ(options.bank, FilterBank::gammatone);
  given.values.emplace_back("colour", 1.0);
  expect_error([&] { read_cochlea_options(given); }, "'colour' is not known", "r:1:1", "channels");
  given.values = {{"bank", std::string("bark")}};
  expect_error([&] { read_cochlea_options(given); }, "'bark' is not known", "r:1:1",
               "mel, gammatone");
  given.values = {{"channels", 0.0}};
  expect_error([&] { read_cochlea_options(given); }, "out of range", "r:1:1", "from 1 to 4096");
}

TEST(SpokenDigits, takes_are_split_as_the_authors_say) {
  const TempFolder folder;
  std::string data;
  for (int i = 0; i < 800; ++i) data += little(static_cast<std::uint64_t>(i * i % 30000), 2);
  for (const char* name : {"3_jackson_0", "3_jackson_4", "3_jackson_5", "0_theo_17", "9_theo_49"})
    write_file(folder / "recordings" / (std::string(name) + ".wav"),
               wav(format(1, 1, 8000, 16) + chunk("data", data)));
  write_file(folder / "recordings/readme.wav", "not one of them");
  DatasetRequest request;
  request.name = "fsdd";
  request.directory = folder.path();
  request.split = "test";
  const auto test = open_dataset(request);
  ASSERT_EQ(test->size(), 2u);
  EXPECT_EQ(test->label(0), 3);
  request.split = "Train";
  request.cochlea.values = {{"channels", 20.0}};
  const auto train = open_dataset(request);
  ASSERT_EQ(train->size(), 3u);
  EXPECT_EQ(train->name(0), "recordings/0_theo_17.wav");
  const Recording recording = train->load(2);
  EXPECT_EQ(recording.label, 9);
  EXPECT_EQ(recording.sensor, (SensorSize{20, 1, 1}));
  EXPECT_FALSE(recording.events.empty());
  request.split = "valid";
  expect_error([&] { open_dataset(request); }, "has no split 'valid'", "fsdd", "Train or Test");
  request.split = "Train";
  request.directory = folder / "nothing";
  expect_error([&] { open_dataset(request); }, "no such file or folder", "nothing", "fsdd wants");
  fs::create_directories(folder / "nothing");
  expect_error([&] { open_dataset(request); }, "has no files", "nothing", "fsdd wants");
}

TEST(SpokenDigits, read_in_place_from_their_archive) {
  const fs::path archive = VOLLEY_SHARED_DIR "/data/fsdd/recordings.tar.xz";
  if (!fs::exists(archive)) GTEST_SKIP() << archive << " is not here";
  DatasetRequest request;
  request.name = "fsdd";
  request.directory = archive;
  request.split = "Test";
  const auto test = open_dataset(request);
  EXPECT_EQ(test->size(), 300u);
  std::vector<int> per_class(10, 0);
  for (std::size_t i = 0; i < test->size(); ++i) ++per_class[static_cast<std::size_t>(test->label(i))];
  EXPECT_EQ(per_class, std::vector<int>(10, 30));
  EXPECT_GT(test->load(0).events.size(), 100u);
}

}  // namespace
}  // namespace volley::test
