// volley run MODEL - and volley run MODEL udp:PORT: what comes while it runs gives the answers of
// the same recording in a file; what is lost is told; Ctrl-C ends in good order.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <sstream>
#include <thread>

#include "datasets/open_recording.hpp"
#include "program.hpp"

namespace volley::test {
namespace {

std::string word(std::uint32_t value) {
  std::string bytes;
  for (int k = 0; k < 4; ++k) bytes += static_cast<char>(value >> (8 * k) & 0xff);
  return bytes;
}

/// As AEStream writes an event: y, polarity and x, then the time.
std::string words(const std::vector<Event>& events) {
  std::string bytes;
  for (const Event& event : events)
    bytes += word(std::uint32_t{event.x} << 16 | std::uint32_t{event.p} << 15 | event.y) +
             word(static_cast<std::uint32_t>(event.t));
  return bytes;
}

std::vector<Json> lines_of(const std::string& out) {
  std::vector<Json> lines;
  std::istringstream text(out);
  for (std::string line; std::getline(text, line);)
    lines.push_back(Json::parse(line, nullptr, false));
  return lines;
}

/// The lines without what differs from time to time and from format to format.
std::vector<Json> answers(const std::string& out) {
  std::vector<Json> lines = lines_of(out);
  for (Json& line : lines)
    for (const char* const key : {"file", "format", "seconds", "events_per_second", "skipped",
                                  "kinds", "latency_microseconds", "peak_memory_mib"})
      line.erase(key);
  return lines;
}

/// One small model, a recording whose first event is at 0 us, and what it comes to as a file.
class LiveInput : public testing::Test {
protected:
  static void SetUpTestSuite() {
    folder_ = new TempFolder;
    train_tiny(*folder_);
    ASSERT_EQ(volley(*folder_, "make-dataset synthetic-digits --out digits --train 10 --test 10 "
                               "--seed 4")
                  .exit_code,
              0);
    const auto stream = open_recording(folder() / "digits/Test/3/00004.bin");
    std::vector<Event> batch;
    while (stream->next(batch)) events().insert(events().end(), batch.begin(), batch.end());
    ASSERT_GT(events().size(), 500u);
    std::string text = "t,x,y,p\n";
    const std::int64_t first = events().front().t;
    for (Event& event : events()) {
      event.t -= first;
      text += std::to_string(event.t) + "," + std::to_string(event.x) + "," +
              std::to_string(event.y) + "," + std::to_string(event.p) + "\n";
    }
    write(folder() / "three.csv", text);
    write(folder() / "three.words", words(events()));
    for (const std::string to : {"three.aedat4", "three.raw", "three.npy"}) {
      const Result made = volley(folder(), "convert three.csv " + to);
      ASSERT_EQ(made.exit_code, 0) << made.err;
    }
    const Result whole = volley(folder(), "run run three.csv --format text --stream" + how);
    ASSERT_EQ(whole.exit_code, 0) << whole.err;
    expected() = answers(whole.out);
    ASSERT_GT(expected().size(), 5u);
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static const TempFolder& folder() { return *folder_; }
  static std::vector<Event>& events() {
    static std::vector<Event> all;
    return all;
  }
  static std::vector<Json>& expected() {
    static std::vector<Json> lines;
    return lines;
  }
  static const std::string how;

private:
  static TempFolder* folder_;
};
TempFolder* LiveInput::folder_ = nullptr;
const std::string LiveInput::how = " --interval-ms 20 --json --quiet";

TEST_F(LiveInput, StandardInputGivesTheAnswersOfTheFile) {
  for (const std::string file : {"three.words", "three.csv", "three.aedat4", "three.raw",
                                 "three.npy"}) {
    const Result piped = volley_fed(folder(), "cat " + file, "run run -" + how);
    ASSERT_EQ(piped.exit_code, 0) << file << piped.err;
    EXPECT_EQ(answers(piped.out), expected()) << file;
  }
  // A clock that ran before the recording began: that of AEDAT4 is the time of day.
  const Result clock = volley(folder(), "run run three.aedat4 --stream" + how);
  EXPECT_EQ(answers(clock.out), expected()) << clock.err;
  const Result packed = volley_fed(folder(), "gzip -c three.raw", "run run -" + how);
  EXPECT_EQ(answers(packed.out), expected()) << packed.err;
  const Result slow = volley_fed(
      folder(), "head -c 1001 three.words; sleep 0.4; tail -c +1002 three.words",
      "run run -" + how);
  EXPECT_EQ(answers(slow.out), expected()) << slow.err;
}

TEST_F(LiveInput, StandardInputThatIsNothingOrNoRecording) {
  const Result none = volley(folder(), "run run - --json --quiet");
  EXPECT_EQ(none.exit_code, 0) << none.err;
  EXPECT_EQ(json_of(none)["events"], 0);
  const Result noise = volley_fed(folder(), "printf 'no recording at all'", "run run -" + how);
  EXPECT_EQ(noise.exit_code, 2);
  EXPECT_NE(noise.err.find("standard input"), std::string::npos) << noise.err;
  EXPECT_NE(noise.err.find("mend: "), std::string::npos) << noise.err;
  const Result cut = volley_fed(folder(), "head -c 801 three.words", "run run -" + how);
  EXPECT_EQ(cut.exit_code, 0) << cut.err;
  EXPECT_EQ(json_of(cut)["events"], 100);
  EXPECT_EQ(json_of(cut)["kinds"]["bytes of cut words"], 1);
  EXPECT_NE(cut.err.find("1 dropped (bytes of cut words 1)"), std::string::npos) << cut.err;
  for (const char* const arguments :
       {"run run - --metrics", "run run - --engine clocked", "run run udp:70000",
        "run run udp:0 --format evt3", "run run three.csv --idle-ms 5", "run run --format evt3"}) {
    const Result wrong = volley(folder(), arguments);
    EXPECT_EQ(wrong.exit_code, 2) << arguments << wrong.err;
    EXPECT_NE(wrong.err.find("mend: "), std::string::npos) << arguments << wrong.err;
  }
}

/// Packets to a port of this machine.
class Sender {
public:
  explicit Sender(int port) : socket_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    to_.sin_family = AF_INET;
    to_.sin_port = htons(static_cast<std::uint16_t>(port));
    to_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  ~Sender() { ::close(socket_); }
  void send(const std::string& packet) const {
    ASSERT_EQ(::sendto(socket_, packet.data(), packet.size(), 0,
                       reinterpret_cast<const sockaddr*>(&to_), sizeof to_),
              static_cast<ssize_t>(packet.size()));
  }

private:
  int socket_;
  sockaddr_in to_{};
};

/// The port that the program says it waits at, from a file with its words; 0 after a minute.
int port_in(const fs::path& file) {
  const std::string before = "UDP port ";
  for (int tries = 0; tries < 6000; ++tries) {
    const std::string text = read(file);
    if (const std::size_t at = text.find(before); at != std::string::npos)
      return std::stoi(text.substr(at + before.size()));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return 0;
}

/// Sends some events, 100 a packet, slowly enough for the socket of any machine.
void send_events(const Sender& sender, const std::vector<Event>& events) {
  for (std::size_t at = 0; at < events.size(); at += 100) {
    const auto first = events.begin() + static_cast<std::ptrdiff_t>(at);
    const auto last = events.begin() +
                      static_cast<std::ptrdiff_t>(std::min(at + 100, events.size()));
    sender.send(words({first, last}));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST_F(LiveInput, PacketsGiveTheAnswersOfTheFile) {
  Running live(folder(), "run run udp:127.0.0.1:0 --idle-ms 4000 --interval-ms 20 --json", "",
               ">udp.json 2>udp.err");
  const int port = port_in(folder() / "udp.err");
  ASSERT_NE(port, 0);
  send_events(Sender(port), events());
  EXPECT_EQ(live.wait(), 0);
  EXPECT_EQ(answers(read(folder() / "udp.json")), expected());
}

/// Waits for the first scores; false after a minute.
bool scores_in(const fs::path& file) {
  for (int tries = 0; tries < 6000; ++tries) {
    if (!read(file).empty()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST_F(LiveInput, InterruptEndsWithTheSummary) {
  Running live(folder(), "run run udp:127.0.0.1:0 --interval-ms 20 --out live --json", "",
               ">live.json 2>live.err");
  const int port = port_in(folder() / "live.err");
  ASSERT_NE(port, 0);
  const Sender sender(port);
  sender.send("abc");
  send_events(sender, {events().begin(), events().begin() + 400});
  ASSERT_TRUE(scores_in(folder() / "live.json"));
  live.send(SIGINT);
  EXPECT_EQ(live.wait(), 130);
  const std::vector<Json> lines = lines_of(read(folder() / "live.json"));
  ASSERT_GE(lines.size(), 2u);
  EXPECT_GE(lines.back()["events"], 100);
  EXPECT_EQ(lines.back()["intervals"], lines.size() - 1);
  EXPECT_EQ(lines.back()["kinds"]["bytes of cut words"], 3);
  EXPECT_TRUE(fs::exists(folder() / "live/scores.csv"));
}

TEST_F(LiveInput, InterruptEndsStandardInputThatNeverDoes) {
  const fs::path fifo = folder() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  Running live(folder(), "run run - --interval-ms 20 --json", "", "<fifo >stdin.json 2>stdin.err");
  const int writer = ::open(fifo.c_str(), O_WRONLY);
  ASSERT_GE(writer, 0);
  const std::string part = read(folder() / "three.raw").substr(0, 3001);  // ends within an event
  ASSERT_EQ(::write(writer, part.data(), part.size()), static_cast<ssize_t>(part.size()));
  ASSERT_TRUE(scores_in(folder() / "stdin.json"));
  live.send(SIGINT);
  EXPECT_EQ(live.wait(), 130) << read(folder() / "stdin.err");
  ::close(writer);
  EXPECT_GT(lines_of(read(folder() / "stdin.json")).back()["events"], 100);
}

}  // namespace
}  // namespace volley::test
