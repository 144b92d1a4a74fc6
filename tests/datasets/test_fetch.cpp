// Fetching from a server that cuts connections, refuses ranges and sends other bytes.
#include "datasets/fetch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>

#include "base/digest.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

/// http_server.py in a process of its own.
class Server {
public:
  explicit Server(const TempFolder& folder) : log_(folder / "log") {
    fs::create_directories(folder / "served");
    write_file(log_, "");
    int pipe_ends[2];
    if (::pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(pipe_ends[1], STDOUT_FILENO);
      const std::string script = VOLLEY_SOURCE_DIR "/tests/datasets/http_server.py";
      const std::string served = (folder / "served").string(), log = log_.string();
      ::execlp("python3", "python3", script.c_str(), served.c_str(), log.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(pipe_ends[1]);
    std::string port;
    for (char letter = 0; ::read(pipe_ends[0], &letter, 1) == 1 && letter != '\n';) port += letter;
    ::close(pipe_ends[0]);
    address_ = "http://127.0.0.1:" + port + "/";
  }
  ~Server() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  std::string url(const std::string& kind) const { return address_ + kind + "/data.bin"; }
  std::size_t requests() const {
    std::ifstream in(log_);
    std::size_t count = 0;
    for (std::string line; std::getline(in, line);) ++count;
    return count;
  }
  std::string log() const { return read_file(log_); }

private:
  pid_t process_ = -1;
  fs::path log_;
  std::string address_;
};

class Fetch : public testing::Test {
protected:
  Fetch() : server_(folder_) {
    for (std::size_t i = 0; i < 4500; ++i)
      bytes_ += static_cast<char>(i * i % 251);
    write_file(folder_ / "served/data.bin", bytes_);
    options_.pause_ms = 1;
    options_.say = [this](const std::string& line) { said_ += line + "\n"; };
  }
  RemoteFile file(const std::vector<std::string>& kinds) const {
    RemoteFile file;
    file.name = "data.bin";
    for (const std::string& kind : kinds) file.urls.push_back(server_.url(kind));
    file.size = bytes_.size();
    file.md5 = digest(DigestKind::md5, bytes_);
    return file;
  }
  bool fetch(const RemoteFile& file) { return fetch_file(file, folder_ / "to", options_); }
  void expect_whole() const {
    EXPECT_EQ(read_file(folder_ / "to/data.bin"), bytes_);
    EXPECT_FALSE(fs::exists(folder_ / "to/.data.bin.part"));
  }

  TempFolder folder_;
  Server server_;
  std::string bytes_, said_;
  FetchOptions options_;
};

TEST_F(Fetch, brings_a_file_once) {
  EXPECT_TRUE(fetch(file({"plain"})));
  expect_whole();
  EXPECT_FALSE(fetch(file({"plain"})));
  EXPECT_EQ(server_.requests(), 1u);
  EXPECT_EQ(check_file(file({}), folder_ / "to"), FileCheck::right);
}

TEST_F(Fetch, goes_on_where_a_connection_was_cut) {
  EXPECT_TRUE(fetch(file({"cut"})));
  expect_whole();
  EXPECT_NE(server_.log().find("bytes=4000-"), std::string::npos) << server_.log();
  EXPECT_EQ(server_.requests(), 5u);
}

TEST_F(Fetch, goes_on_from_another_process_part) {
  write_file(folder_ / "to/.data.bin.part", bytes_.substr(0, 2000));
  EXPECT_TRUE(fetch(file({"plain"})));
  expect_whole();
  EXPECT_EQ(server_.log(), "/plain/data.bin bytes=2000-\n");
}

TEST_F(Fetch, starts_anew_where_ranges_are_refused) {
  EXPECT_TRUE(fetch(file({"norange"})));
  expect_whole();
  EXPECT_EQ(server_.log(), "/norange/data.bin -\n/norange/data.bin bytes=1000-\n");
}

TEST_F(Fetch, a_wrong_part_is_thrown_away) {
  write_file(folder_ / "to/.data.bin.part", std::string(2000, 'x'));
  EXPECT_TRUE(fetch(file({"plain"})));
  expect_whole();
  write_file(folder_ / "to/.data.bin.part", std::string(9000, 'x'));
  fs::remove(folder_ / "to/data.bin");
  EXPECT_TRUE(fetch(file({"plain"}))) << "longer than the file";
  expect_whole();
}

TEST_F(Fetch, other_bytes_are_refused_and_the_next_mirror_is_asked) {
  EXPECT_TRUE(fetch(file({"wrong", "plain"})));
  expect_whole();
  EXPECT_NE(said_.find("wrong MD5"), std::string::npos) << said_;
  fs::remove(folder_ / "to/data.bin");
  expect_error([&] { fetch(file({"wrong"})); }, "wrong MD5", "data.bin", "later");
  EXPECT_FALSE(fs::exists(folder_ / "to/data.bin"));
}

TEST_F(Fetch, a_file_of_another_size_is_refused) {
  RemoteFile longer = file({"plain"});
  longer.size = bytes_.size() + 1;
  expect_error([&] { fetch(longer); }, "has not the 4501 bytes", "data.bin", "later");
  RemoteFile shorter = file({"plain"});
  shorter.size = 100;
  expect_error([&] { fetch(shorter); }, "more than the 100 bytes", "data.bin", "later");
}

TEST_F(Fetch, ranges_that_do_not_fit_are_refused) {
  options_.attempts = 2;
  expect_error([&] { fetch(file({"wrongrange"})); }, "another range", "data.bin", "later");
}

TEST_F(Fetch, follows_redirections_and_tells_what_every_mirror_said) {
  EXPECT_TRUE(fetch(file({"redirect"})));
  expect_whole();
  RemoteFile absent = file({"plain"});
  absent.urls.front() += "x";
  absent.urls.push_back("http://127.0.0.1:1/data.bin");
  absent.name = "other.bin";
  options_.attempts = 1;
  expect_error([&] { fetch(absent); }, "the server answers 404", "other.bin", "later");
  expect_error([&] { fetch(absent); }, "127.0.0.1:1", "other.bin", "later");
  absent.urls = {"file:///etc/hostname"};
  expect_error([&] { fetch(absent); }, "cannot be fetched", "other.bin", "later");
  absent.urls.clear();
  expect_error([&] { fetch(absent); }, "no address", "other.bin", "describe");
}

TEST_F(Fetch, without_a_digest_whatever_came_whole_is_taken) {
  RemoteFile unknown = file({"cut"});
  unknown.size.reset();
  unknown.md5.clear();
  EXPECT_TRUE(fetch(unknown));
  expect_whole();
  EXPECT_EQ(check_file(unknown, folder_ / "to"), FileCheck::unknown);
}

TEST_F(Fetch, stops_when_told_and_goes_on_later) {
  std::uint64_t most = 0;
  options_.progress = [&](std::uint64_t done, std::uint64_t total) {
    EXPECT_EQ(total, 4500u);
    most = std::max(most, done);
    return false;
  };
  expect_error([&] { fetch(file({"plain"})); }, "stopped", "data.bin", "again to go on");
  options_.progress = {};
  EXPECT_TRUE(fetch(file({"plain"})));
  expect_whole();
}

TEST_F(Fetch, one_process_at_a_time) {
  fs::create_directories(folder_ / "to");
  const int other = ::open((folder_ / "to/.data.bin.part").c_str(), O_CREAT | O_RDWR, 0644);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  expect_error([&] { fetch(file({"plain"})); }, "another process", ".data.bin.part", "wait");
  ::close(other);
  EXPECT_TRUE(fetch(file({"plain"})));
}

}  // namespace
}  // namespace volley::test
