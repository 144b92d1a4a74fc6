// The `volley` command: parses, runs one subcommand, and turns what goes wrong into one message and
// an exit code. Must not know what a subcommand does.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "app/command.hpp"
#include "app/console.hpp"
#include "app/job.hpp"
#include "base/error.hpp"

namespace volley {

namespace {

constexpr int mendable = 2;
constexpr std::size_t name_width = 30;  ///< of the option column in the help

void complain(const std::string& text, const std::string& mend) {
  const bool colours = takes_colours(STDERR_FILENO);
  std::string message = inked("volley: ", Ink::bad, colours) + text + "\n";
  if (!mend.empty()) message += inked("  mend: ", Ink::strong, colours) + mend + "\n";
  std::fputs(message.c_str(), stderr);
}

void add_commands(CLI::App& app, Action& action) {
  add_train(app, action);
  add_study(app, action);
  add_run(app, action);
  add_compare(app, action);
  add_view(app, action);
  add_plot(app, action);
  add_export(app, action);
  add_nir(app, action);
  add_inspect(app, action);
  add_convert(app, action);
  add_describe(app, action);
  add_datasets(app, action);
  add_make_dataset(app, action);
  add_simulate(app, action);
  add_bench(app, action);
  app.footer(
      "Examples:\n"
      "  volley train synthetic-digits --out run     train on data made in code, no files needed\n"
      "  volley compare run/model.volley             do both engines give the same spikes?\n"
      "  volley export run/model.volley -o net.nir   hand the network to other tools\n\n"
      "volley COMMAND --help explains a command with examples. Exit codes: 0 success, 1 a check\n"
      "failed, 2 something you can mend (the message says how), 130 stopped by Ctrl-C.");
}

/// The subcommand that was being parsed, for the hint.
std::string command_path(const CLI::App& app) {
  std::string path = "volley";
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    path += " " + at->get_name();
  }
  return path;
}

/// One line for each command (the first of its description), and options no wider than 100 columns.
class Help : public CLI::Formatter {
public:
  std::string make_option_desc(const CLI::Option* option) const override {
    std::string text = CLI::Formatter::make_option_desc(option);
    for (std::size_t start = 0; text.size() - start > words_width;) {
      const std::size_t space = text.rfind(' ', start + words_width);
      if (space == std::string::npos || space <= start) break;
      text[space] = '\n';
      start = space + 1;
    }
    return text;
  }
  std::string make_subcommand(const CLI::App* command) const override {
    const std::string whole = command->get_description();
    std::string name = "  " + command->get_name();
    name.resize(std::max<std::size_t>(name.size() + 1, 17), ' ');
    return name + whole.substr(0, whole.find('\n')) + "\n";
  }

private:
  static constexpr std::size_t words_width = 100 - name_width;
};

int parse_and_run(int argc, char** argv) {
  CLI::App app(
      "volley trains temporal binary spiking networks on event-camera data, runs them event by\n"
      "event, shows them live and hands them to other tools.");
  app.name("volley");
  app.formatter(std::make_shared<Help>());
  app.get_formatter()->column_width(name_width);
  app.set_version_flag("--version", "volley " VOLLEY_VERSION);
  app.require_subcommand(1);
  Action action;
  add_commands(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (!job_ranks().first()) return error.get_exit_code() == 0 ? 0 : mendable;
    if (error.get_exit_code() == 0) return app.exit(error);
    if (app.get_subcommands().empty() && argc > 1 && argv[1][0] != '-')
      complain(std::string("there is no command '") + argv[1] + "'",
               "volley --help lists the commands");
    else
      complain(error.what(), command_path(app) + " --help shows the usage");
    return mendable;
  }
  const std::string command = app.get_subcommands().front()->get_name();
  if (!job_ranks().alone() && command != "train" && command != "simulate")
    throw Error("runs as one process, and mpirun started " + std::to_string(job_ranks().size()),
                "volley " + command, "start it without mpirun; train and simulate run on several");
  return action();
}

}  // namespace

}  // namespace volley

int main(int argc, char** argv) {
  using namespace volley;
  return run_job([&] { return parse_and_run(argc, argv); }, complain);
}
