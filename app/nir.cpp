// `volley nir check`: what other tools make of a NIR file. Owns the words; the rules are models'.
#include <fmt/format.h>

#include <algorithm>

#include "app/command.hpp"
#include "app/console.hpp"
#include "app/options.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "models/nir.hpp"
#include "models/nir_check.hpp"

namespace volley {

namespace {

struct NirCommand {
  std::string file;
  std::vector<std::string> tools;
  CommonOptions common;
};

bool asked(const NirCommand& options, const std::string& tool) {
  return options.tools.empty() ||
         std::find(options.tools.begin(), options.tools.end(), tool) != options.tools.end();
}

/// Findings of one tool: equal ones of several nodes on one line.
std::string tool_text(const std::string& tool, const std::vector<NirFinding>& findings,
                      Console& console) {
  std::vector<std::pair<std::string, std::vector<std::string>>> lines;
  bool rejects = false;
  for (const NirFinding& finding : findings) {
    if (finding.tool != tool) continue;
    rejects = rejects || finding.effect == NirFinding::Effect::rejects;
    const std::string what = fmt::format("{:<8} {}", to_string(finding.effect), finding.what);
    auto at = std::find_if(lines.begin(), lines.end(),
                           [&](const auto& line) { return line.first == what; });
    if (at == lines.end()) at = lines.insert(lines.end(), {what, {}});
    at->second.push_back(finding.path);
  }
  std::string text = fmt::format("{:<13}", tool);
  if (lines.empty()) return text + console.ink("takes it as it is", Ink::good) + "\n";
  text += (rejects ? console.ink("rejects it", Ink::bad)
                   : console.ink("takes it, and changes it", Ink::warning)) +
          "\n";
  for (const auto& [what, paths] : lines) {
    text += "  " + what + "\n";
    constexpr std::size_t shown = 4;
    for (std::size_t i = 0; i < paths.size() && i < shown; ++i) text += "    " + paths[i] + "\n";
    if (paths.size() > shown) text += fmt::format("    and {} more\n", paths.size() - shown);
  }
  return text;
}

int check(const NirCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const std::vector<NirFinding> findings = check_nir(options.file);
  Json tools = Json::object();
  std::string text;
  bool any = false;
  for (const std::string& tool : nir_tools()) {
    if (!asked(options, tool)) continue;
    text += tool_text(tool, findings, console);
    Json list = Json::array();
    bool rejects = false;
    for (const NirFinding& finding : findings) {
      if (finding.tool != tool) continue;
      any = true;
      rejects = rejects || finding.effect == NirFinding::Effect::rejects;
      list.push_back({{"effect", to_string(finding.effect)},
                      {"path", finding.path},
                      {"what", finding.what}});
    }
    tools[tool] = {{"verdict", list.empty() ? "exact" : rejects ? "rejects" : "changes"},
                   {"findings", list}};
  }
  Json json{{"command", "nir check"}, {"file", options.file}, {"tools", tools}};
  try {
    std::vector<std::string> assumptions;
    read_nir(options.file, assumptions);
    text += fmt::format("{:<13}{}\n", "volley", console.ink("runs it", Ink::good));
    for (const std::string& line : assumptions) text += "  assumes  " + line + "\n";
    json["volley"] = {{"runs", true}, {"assumptions", assumptions}};
  } catch (const Error& error) {
    text += fmt::format("{:<13}{}\n  {}\n", "volley", console.ink("cannot run it", Ink::bad),
                        error.what());
    json["volley"] = {{"runs", false}, {"problem", error.what()}};
  }
  console.result(text);
  console.emit(json);
  return any && !options.tools.empty() ? 1 : 0;
}

}  // namespace

void add_nir(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("nir", "Say what other tools make of a NIR file.");
  command->require_subcommand(1);
  command->footer("Examples:\n  volley nir check net.nir");
  const auto options = std::make_shared<NirCommand>();
  CLI::App* checking = command->add_subcommand(
      "check",
      "Say which tools refuse a NIR file, or change it without a word.\n\n"
      "By what their importers do as of 2026; nothing of theirs is run. Exit code 1 where --tool\n"
      "names one that would not run the file as it is.");
  checking->add_option("file", options->file, ".nir file")->required();
  checking
      ->add_option("--tool", options->tools, "only these tools")
      ->type_name("NAME,...")
      ->delimiter(',')
      ->check(CLI::IsMember(nir_tools()).description(""));
  add_common_options(*checking, options->common);
  checking->footer(
      "Examples:\n"
      "  volley nir check net.nir\n"
      "  volley nir check net.nir --tool snnTorch,Norse --json");
  checking->callback([options, &action] { action = [options] { return check(*options); }; });
}

}  // namespace volley
