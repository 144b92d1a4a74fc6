// What the tests of the command share: running the program, temporary folders, tiny recipes.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace volley::test {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// A folder of one test's own, gone afterwards.
class TempFolder {
public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  fs::path operator/(const fs::path& name) const { return path_ / name; }
  const fs::path& path() const { return path_; }

private:
  fs::path path_;
};

struct Result {
  int exit_code = -1;  ///< 128 + signal where one killed it
  std::string out, err;
};

/// Runs `volley ARGUMENTS` by the shell in a folder, without a display.
/// @param launcher  what starts it: "mpirun -n 2"; empty: the shell
Result volley(const TempFolder& folder, const std::string& arguments,
              const std::string& launcher = {});

/// Runs `INPUT | volley ARGUMENTS` likewise; what goes wrong in INPUT does not count.
Result volley_fed(const TempFolder& folder, const std::string& input,
                  const std::string& arguments);

/// The JSON object that is the last line of standard output.
Json json_of(const Result& result);

/// A program that runs beside the test.
class Running {
public:
  /// @param streams where its standard streams go and come from, in the shell's words
  Running(const TempFolder& folder, const std::string& arguments,
          const std::string& launcher = {},
          const std::string& streams = ">/dev/null 2>&1 </dev/null");
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  void send(int signal_number);
  /// Waits for the end: the exit code, or 128 + signal.
  int wait();

private:
  pid_t process_ = -1;
  int status_ = 0;
};

/// Writes recipe.toml for 200 training and 50 test digits made in code.
/// @param training further lines of the [training] table
void write_recipe(const TempFolder& folder, const std::string& training = {});

/// write_recipe() and a training run into folder/run, which must succeed.
void train_tiny(const TempFolder& folder);

std::string read(const fs::path& file);
void write(const fs::path& file, const std::string& bytes);

/// All files in a folder, hidden ones included, as paths relative to it.
std::vector<std::string> files_in(const fs::path& folder);

/// The command ended with exit code 2 and a message that names what is wrong and how to mend it.
void expect_mendable(const Result& result, const std::string& named);

}  // namespace volley::test
