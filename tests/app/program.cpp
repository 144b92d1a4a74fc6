#include "program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace volley::test {

TempFolder::TempFolder() {
  static std::atomic<int> number = 0;
  path_ = fs::temp_directory_path() /
          ("volley_app_" + std::to_string(::getpid()) + "_" + std::to_string(number++));
  fs::create_directories(path_);
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

namespace {

const std::string environment = "env -u DISPLAY -u WAYLAND_DISPLAY VOLLEY_CACHE=off ";

std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

int exit_code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Runs a command in a folder. @param program the part of it whose errors are wanted
Result run(const TempFolder& folder, const std::string& before, const std::string& program,
           const std::string& after) {
  // Beside the folder, so that what a command leaves in it can be listed.
  const fs::path errors = folder.path().string() + ".stderr";
  const std::string command = "cd " + quoted(folder.path()) + " && " + before + environment +
                              program + " 2>" + quoted(errors) + after;
  Result result;
  std::FILE* stream = ::popen(command.c_str(), "r");
  if (stream == nullptr) return result;
  char block[4096];
  for (std::size_t got = 0; (got = std::fread(block, 1, sizeof block, stream)) > 0;)
    result.out.append(block, got);
  result.exit_code = exit_code_of(::pclose(stream));
  result.err = read(errors);
  fs::remove(errors);
  return result;
}

}  // namespace

Result volley(const TempFolder& folder, const std::string& arguments,
              const std::string& launcher) {
  return run(folder, "", launcher + " " + quoted(VOLLEY_PROGRAM) + " " + arguments,
             " </dev/null");
}

Result volley_fed(const TempFolder& folder, const std::string& input,
                  const std::string& arguments) {
  return run(folder, "{ " + input + "; } | ", quoted(VOLLEY_PROGRAM) + " " + arguments, "");
}

Json json_of(const Result& result) {
  const std::size_t end = result.out.find_last_not_of('\n');
  if (end == std::string::npos) return {};
  const std::size_t line = result.out.rfind('\n', end);
  const std::size_t start = line == std::string::npos ? 0 : line + 1;
  return Json::parse(result.out.substr(start, end + 1 - start), nullptr, false);
}

Running::Running(const TempFolder& folder, const std::string& arguments,
                 const std::string& launcher, const std::string& streams) {
  const std::string command = "cd " + quoted(folder.path()) + " && exec " + environment +
                              launcher + " " + quoted(VOLLEY_PROGRAM) + " " + arguments + " " +
                              streams;
  process_ = ::fork();
  if (process_ != 0) return;
  ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  ::_exit(127);
}

Running::~Running() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  wait();
}

void Running::send(int signal_number) {
  if (process_ > 0) ::kill(process_, signal_number);
}

int Running::wait() {
  if (process_ > 0) ::waitpid(process_, &status_, 0);
  process_ = -1;
  return exit_code_of(status_);
}

void write_recipe(const TempFolder& folder, const std::string& training) {
  write(folder / "recipe.toml", R"([dataset]
name = "synthetic-digits"
dt_ms = 20
steps = 15
synthetic_train = 200
synthetic_test = 50
shift_pixels = 1
[training]
batch_size = 20
learning_rate = 4e-3
)" + (training.empty() ? "epochs = 2" : training) + R"(
[network]
input = [2, 34, 34]
[[network.population]]
name = "hidden"
neurons = 24
[[network.population]]
name = "readout"
neuron = "leaky_integrator"
neurons = 10
)");
}

void train_tiny(const TempFolder& folder) {
  write_recipe(folder);
  const Result result = volley(folder, "train recipe.toml --out run");
  ASSERT_EQ(result.exit_code, 0) << result.err;
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return std::move(bytes).str();
}

void write(const fs::path& file, const std::string& bytes) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(fs::relative(entry.path(), folder).string());
  std::sort(files.begin(), files.end());
  return files;
}

void expect_mendable(const Result& result, const std::string& named) {
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_NE(result.err.find("volley: "), std::string::npos) << result.err;
  EXPECT_NE(result.err.find(named), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("mend: "), std::string::npos) << result.err;
}

}  // namespace volley::test
