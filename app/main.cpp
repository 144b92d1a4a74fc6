// The `volley` command: parses, runs one subcommand, and turns what goes wrong into one message and
// an exit code. Must not know what a subcommand does.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <string>

#include "app/command.hpp"
#include "app/console.hpp"
#include "base/error.hpp"

namespace volley {

namespace {

constexpr int failed = 1, mendable = 2;
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
  add_export(app, action);
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
    if (error.get_exit_code() == 0) return app.exit(error);
    if (app.get_subcommands().empty() && argc > 1 && argv[1][0] != '-')
      complain(std::string("there is no command '") + argv[1] + "'",
               "volley --help lists the commands");
    else
      complain(error.what(), command_path(app) + " --help shows the usage");
    return mendable;
  }
  return action();
}

}  // namespace

}  // namespace volley

int main(int argc, char** argv) {
  using namespace volley;
  try {
    return parse_and_run(argc, argv);
  } catch (const Error& error) {
    complain(error.where().empty() ? error.problem() : error.where() + ": " + error.problem(),
             error.how());
    return mendable;
  } catch (const std::bad_alloc&) {
    complain("there is not enough memory", "use --limit, a smaller batch_size or fewer steps");
    return mendable;
  } catch (const std::exception& error) {
    complain(error.what(), "");
    return failed;
  }
}
